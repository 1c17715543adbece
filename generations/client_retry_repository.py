"""SQL statements of client retries without an idempotency key."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import cast

from sqlalchemy import Connection, Executable, RowMapping, Table, bindparam, delete, insert, select, update

from database.conflict_insert import conflict_insert
from generations.tables import ClientRetryContentRow, ClientRetryRequestRow

content = cast(Table, ClientRetryContentRow.__table__)  # type: ignore[attr-defined]
request = cast(Table, ClientRetryRequestRow.__table__)  # type: ignore[attr-defined]

_SAVE_CONTENT = (
    update(content)
    .where(content.c.id == bindparam("content_id"))
    .values(next_number=bindparam("number"), has_early_retry=bindparam("has_early"))
)
_OF_NUMBER = (request.c.content_id == bindparam("of_content"), request.c.number == bindparam("of_number"))
_INSERT_REQUEST = insert(request)
_FIND_REQUEST = select(request).where(*_OF_NUMBER)
_SAVE_RETRY_COUNTS = update(request).where(*_OF_NUMBER).values(retry_counts=bindparam("seen"))


def lock_content(connection: Connection, content_id: str, *, at: datetime) -> RowMapping:
    """Insert a content, or set when the existing one was used; lock it until the end of the transaction."""
    row = {"id": content_id, "next_number": 0, "has_early_retry": False, "used_at": at}
    return connection.execute(_lock_content(connection.dialect.name), row).mappings().one()


@cache
def _lock_content(dialect: str) -> Executable:
    statement = conflict_insert(content, dialect)
    used_at = {"used_at": statement.excluded.used_at}
    return statement.on_conflict_do_update(index_elements=["id"], set_=used_at).returning(content)


def save_content(connection: Connection, content_id: str, *, next_number: int, has_early_retry: bool) -> None:
    parameters = {"content_id": content_id, "number": next_number, "has_early": has_early_retry}
    connection.execute(_SAVE_CONTENT, parameters)


def insert_request(connection: Connection, row: Mapping[str, object]) -> None:
    connection.execute(_INSERT_REQUEST, dict(row))


def find_request(connection: Connection, content_id: str, number: int) -> RowMapping | None:
    parameters = {"of_content": content_id, "of_number": number}
    return connection.execute(_FIND_REQUEST, parameters).mappings().first()


def save_retry_counts(connection: Connection, content_id: str, number: int, retry_counts: str) -> None:
    parameters = {"of_content": content_id, "of_number": number, "seen": retry_counts}
    connection.execute(_SAVE_RETRY_COUNTS, parameters)


def delete_requests_of(connection: Connection, generation_id: str) -> None:
    """Delete the request that created a generation."""
    connection.execute(delete(request).where(request.c.generation_id == generation_id))


def delete_before(connection: Connection, moment: datetime) -> int:
    """Delete requests made, and contents last used, up to that time; return how many."""
    requests = connection.execute(delete(request).where(request.c.created_at <= moment)).rowcount
    return requests + connection.execute(delete(content).where(content.c.used_at <= moment)).rowcount
