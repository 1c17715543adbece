"""SQL statements of stored files, their uses, their variants and uploads."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, RowMapping, Table, and_, delete, func, insert, select, update

from database.conflict_insert import conflict_insert
from database.types import Moment
from media.tables import MediaFileRow, MediaUseRow, MediaVariantRow, UploadRow

file = cast(Table, MediaFileRow.__table__)  # type: ignore[attr-defined]
use = cast(Table, MediaUseRow.__table__)  # type: ignore[attr-defined]
variant = cast(Table, MediaVariantRow.__table__)  # type: ignore[attr-defined]
upload = cast(Table, UploadRow.__table__)  # type: ignore[attr-defined]

KEPT, DELETING, GONE = "kept", "deleting", "gone"


def add_file(connection: Connection, key: str, *, at: datetime) -> None:
    """Insert the row of a file if it does not exist."""
    _insert_or_leave(connection, file, {"key": key, "state": KEPT, "changed_at": at})


def lock_files(connection: Connection, keys: Collection[str]) -> Sequence[RowMapping]:
    """Load and lock the rows of files, always in the same order."""
    statement = select(file).where(file.c.key.in_(keys)).order_by(file.c.key).with_for_update()
    return connection.execute(statement).mappings().all()


def lock_kept_files(connection: Connection, keys: Collection[str]) -> Sequence[str]:
    """Keep others from deleting these files until the transaction ends; return the keys of those that are kept.

    Any number of transactions can do so at the same time: the same bytes may be the output of many generations.
    """
    kept = select(file.c.key).where(file.c.key.in_(keys), file.c.state == KEPT)
    return connection.execute(kept.order_by(file.c.key).with_for_update(read=True)).scalars().all()


def set_state(connection: Connection, key: str, state: str, *, at: datetime) -> None:
    connection.execute(update(file).where(file.c.key == key).values(state=state, changed_at=at))


def add_use(connection: Connection, key: str, holder: str, *, expires_at: datetime) -> None:
    """Insert or extend a use of the file until that time."""
    statement = conflict_insert(use, connection.dialect.name).values(key=key, holder=holder, expires_at=expires_at)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["key", "holder"], set_={"expires_at": expires_at})
    )


def drop_uses(connection: Connection, holder: str) -> Sequence[str]:
    """Delete all uses of a holder; return the keys."""
    return connection.execute(delete(use).where(use.c.holder == holder).returning(use.c.key)).scalars().all()


def drop_some_uses(connection: Connection, key: str, *, prefix: str, times: int) -> None:
    """Delete a number of uses of a file whose holders have this prefix, other than those being deleted elsewhere."""
    own = and_(use.c.key == key, use.c.holder.startswith(prefix, autoescape=True))
    some = select(use.c.holder).where(own).order_by(use.c.holder).limit(times).with_for_update(skip_locked=True)
    connection.execute(delete(use).where(use.c.key == key, use.c.holder.in_(select(some.cte("some").c.holder))))


def drop_uses_by_prefix(connection: Connection, *, prefix: str) -> None:
    """Delete all uses whose holders have this prefix."""
    connection.execute(delete(use).where(use.c.holder.startswith(prefix, autoescape=True)))


def used_keys(connection: Connection, *, after: datetime, without: str) -> Sequence[str]:
    """Return the keys of the files in use after that time, other than by holders whose ids begin with `without`."""
    is_used = and_(use.c.expires_at > after, ~use.c.holder.startswith(without, autoescape=True))
    statement = select(use.c.key).where(is_used).distinct().order_by(use.c.key)
    return connection.execute(statement).scalars().all()


def drop_expired_uses(connection: Connection, before: datetime) -> int:
    return connection.execute(delete(use).where(use.c.expires_at <= before)).rowcount


def is_used(connection: Connection, key: str) -> bool:
    return connection.execute(select(use.c.key).where(use.c.key == key).limit(1)).first() is not None


def unused_keys(connection: Connection, *, limit: int) -> Sequence[str]:
    """Return files without a use."""
    needed = select(use.c.key).where(use.c.key == file.c.key).exists()
    statement = select(file.c.key).where(file.c.state == KEPT, ~needed).limit(limit)
    return connection.execute(statement).scalars().all()


def stuck_keys(connection: Connection, *, before: datetime, limit: int) -> Sequence[str]:
    """Return files whose deletion started before that time and did not finish."""
    statement = select(file.c.key).where(file.c.state == DELETING, file.c.changed_at <= before).limit(limit)
    return connection.execute(statement).scalars().all()


def delete_gone_files(connection: Connection, before: datetime) -> int:
    return connection.execute(delete(file).where(file.c.state == GONE, file.c.changed_at <= before)).rowcount


def find_variant(connection: Connection, source: str, format: str) -> str | None:
    statement = select(variant.c.key).where(variant.c.source == source, variant.c.format == format)
    return connection.execute(statement).scalar_one_or_none()


def add_variant(connection: Connection, source: str, format: str, *, key: str) -> None:
    _insert_or_leave(connection, variant, {"source": source, "format": format, "key": key})


def drop_variants(connection: Connection, source: str) -> None:
    connection.execute(delete(variant).where(variant.c.source == source))


def insert_upload(connection: Connection, row: Mapping[str, object]) -> None:
    connection.execute(insert(upload), dict(row))


def delete_upload(connection: Connection, upload_id: str) -> None:
    connection.execute(delete(upload).where(upload.c.id == upload_id))


def load_upload(connection: Connection, upload_id: str, *, account_id: str, at: datetime) -> RowMapping | None:
    """Return a finished upload of this account that has not expired, or None."""
    statement = select(upload).where(
        upload.c.id == upload_id, upload.c.account_id == account_id, upload.c.expires_at > at, upload.c.key.is_not(None)
    )
    return connection.execute(statement).mappings().first()


def uploaded_bytes(connection: Connection, account_id: str, *, at: datetime) -> tuple[int, datetime | None]:
    """Return the bytes of the account's uploads, those in progress included, and the first expiry."""
    total, first = func.coalesce(func.sum(upload.c.bytes), 0), func.min(upload.c.expires_at, type_=Moment())
    statement = select(total, first).where(upload.c.account_id == account_id, upload.c.expires_at > at)
    taken, until = connection.execute(statement).one()
    return int(taken), until


def delete_uploads_before(connection: Connection, moment: datetime) -> int:
    return connection.execute(delete(upload).where(upload.c.expires_at <= moment)).rowcount


def _insert_or_leave(connection: Connection, table: Table, row: Mapping[str, object]) -> None:
    connection.execute(conflict_insert(table, connection.dialect.name).on_conflict_do_nothing(), dict(row))
