"""SQL statements of generations and idempotency keys."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, cast

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from database.compiled_statement import CompiledStatement, Row
from database.conflict_insert import conflict_insert
from generations.execution import snapshot_codec
from generations.generation import Dispatch, Failure, Generation, Priority, Routing, Stage, Status, StoredOutput
from generations.tables import GenerationRow, IdempotencyRow
from kit.errors import ErrorCode
from kit.frozen import copy_with
from kit.logs import get_logger
from kit.pagination import PageRequest
from providers.backend import GenerationType, JSONObject
from webhooks.event import MessageFormat

generation = cast(Table, GenerationRow.__table__)  # type: ignore[attr-defined]
idempotency = cast(Table, IdempotencyRow.__table__)  # type: ignore[attr-defined]

logger = get_logger(__name__)

_BY_ID = select(generation).where(generation.c.id == bindparam("generation_id"))
_LOAD = CompiledStatement(_BY_ID)
_LOAD_OWN = CompiledStatement(
    _BY_ID.where(
        generation.c.account_id == bindparam("owner"),
        generation.c.test_mode == bindparam("mode"),
        generation.c.deleted_at.is_(None),
    )
)
_LOCK = CompiledStatement(_BY_ID.with_for_update())
_INSERT = CompiledStatement(insert(generation))
_SAVE = CompiledStatement(update(generation).where(generation.c.id == bindparam("generation_id")))
_OF_KEY = (
    idempotency.c.account_id == bindparam("owner"),
    idempotency.c.test_mode == bindparam("mode"),
    idempotency.c.key == bindparam("client_key"),
)
_FIND_KEY = select(idempotency).where(*_OF_KEY)
_DELETE_KEY = delete(idempotency).where(*_OF_KEY, idempotency.c.created_at <= bindparam("moment"))
API_KEYS_OF_UNFINISHED_GENERATIONS = select(generation.c.key_id).where(generation.c.has_pending_work)
"""Selects the API keys whose generations still run, so that their spending may still change."""

_CONVERSIONS: Mapping[str, Callable[[Any], object]] = {
    "type": GenerationType,
    "status": Status,
    "stage": Stage,
    "priority": Priority,
    "dispatch": lambda value: None if value is None else Dispatch(**value),
    "outputs": lambda value: tuple(StoredOutput(**output) for output in value),
    "error": lambda value: None if value is None else Failure(**{**value, "code": ErrorCode(value["code"])}),
    "webhook_format": lambda value: None if value is None else MessageFormat(value),
    "routing": lambda value: None if value is None else Routing(value),
    "pending_snapshot": lambda value: None if value is None else snapshot_codec.load(value),
}
_COLUMNS = tuple((field.name, _CONVERSIONS.get(field.name)) for field in fields(Generation))
_NAMES = tuple(field.name for field in fields(Generation))
_ALL_OF = attrgetter(*_NAMES)
_NESTED_COLUMNS: Mapping[str, Callable[[Any], object]] = {
    "dispatch": asdict,
    "error": asdict,
    "outputs": lambda outputs: [asdict(output) for output in outputs],
    "pending_snapshot": snapshot_codec.dump,
}
_NESTED = frozenset(_NESTED_COLUMNS)


def insert_generation(connection: Connection, new: Generation) -> None:
    _INSERT.run(connection, _stored(dict(zip(_NAMES, _ALL_OF(new), strict=True))))


def load(connection: Connection, generation_id: str) -> Generation | None:
    return _decoded(_LOAD.first(connection, {"generation_id": generation_id}))


def load_many(connection: Connection, generation_ids: Sequence[str]) -> Sequence[Generation]:
    """Return the generations of these ids that exist, oldest first. A row that cannot be decoded is logged."""
    statement = select(generation).where(generation.c.id.in_(generation_ids)).order_by(generation.c.id)
    return list(_decodable(connection.execute(statement).mappings()))


def load_own(connection: Connection, generation_id: str, *, account_id: str, test_mode: bool) -> Generation | None:
    """Return a generation of this account and mode, or None."""
    parameters = {"generation_id": generation_id, "owner": account_id, "mode": test_mode}
    return _decoded(_LOAD_OWN.first(connection, parameters))


def lock(connection: Connection, generation_id: str) -> Generation | None:
    """Load and lock a generation until the end of the transaction."""
    return _decoded(_LOCK.first(connection, {"generation_id": generation_id}))


def take_over(connection: Connection, generation_id: str) -> Generation | None:
    """Load an unfinished generation with a new fencing token: writes that compare an older one are refused."""
    current = lock(connection, generation_id)
    if current is None or not current.has_pending_work:
        return current
    token = current.fencing_token + 1
    save(connection, generation_id, {"fencing_token": token})
    return copy_with(current, fencing_token=token)


def save(connection: Connection, generation_id: str, changes: Mapping[str, object]) -> None:
    _SAVE.run(connection, {**_stored(changes), "generation_id": generation_id})


def unfinished_ids(connection: Connection) -> Sequence[str]:
    """Return the ids of the generations with pending work, oldest first."""
    statement = select(generation.c.id).where(generation.c.has_pending_work).order_by(generation.c.id)
    return connection.execute(statement).scalars().all()


def queued_ids(connection: Connection) -> Sequence[str]:
    """Return the ids of the unfinished generations that no upstream has, oldest first."""
    is_queued = and_(generation.c.has_pending_work, generation.c.stage == Stage.QUEUED)
    return connection.execute(select(generation.c.id).where(is_queued).order_by(generation.c.id)).scalars().all()


def recent_outcomes(connection: Connection, *, limit: int) -> Sequence[tuple[list[JSONObject], str, JSONObject | None]]:
    """Return attempts, status and error of the live generations that ended last, oldest first."""
    statement = (
        select(generation.c.attempts, generation.c.status, generation.c.error)
        .where(generation.c.test_mode.is_(False), generation.c.stage == Stage.DONE)
        .order_by(generation.c.id.desc())
        .limit(limit)
    )
    return [(attempts, status, error) for attempts, status, error in reversed(connection.execute(statement).all())]


def page_of_generations(
    connection: Connection,
    *,
    account_id: str,
    test_mode: bool,
    page: PageRequest,
    filters: Mapping[str, Sequence[str]],
) -> Sequence[Generation]:
    """Return generations of an account, one more than the page has."""
    own = and_(
        generation.c.account_id == account_id,
        generation.c.test_mode == test_mode,
        generation.c.deleted_at.is_(None),
    )
    statement: Select[Any] = select(generation).where(own)
    for column, values in filters.items():
        statement = statement.where(generation.c[column].in_(values))
    if page.after is not None:
        statement = statement.where(generation.c.id < page.after)
    if page.before is not None:
        statement = statement.where(generation.c.id > page.before)
    order = generation.c.id.asc() if page.backward else generation.c.id.desc()
    rows = connection.execute(statement.order_by(order).limit(page.fetch)).mappings()
    return [_generation(row) for row in rows]


def ids_active_since(
    connection: Connection,
    *,
    account_id: str,
    test_mode: bool,
    since: datetime,
    after: str,
    limit: int,
) -> Sequence[str]:
    """Return ids of generations of an account that run or have ended since, oldest first: those above `after`."""
    statement = select(generation.c.id).where(
        generation.c.account_id == account_id,
        generation.c.test_mode == test_mode,
        generation.c.id > after,
        or_(generation.c.completed_at.is_(None), generation.c.completed_at >= since),
    )
    return connection.execute(statement.order_by(generation.c.id).limit(limit)).scalars().all()


def insert_idempotency_key(connection: Connection, row: Mapping[str, object]) -> bool:
    """Insert an idempotency key; return False if it exists. Waits for a transaction that is inserting it."""
    return _insert_key(connection.dialect.name).run(connection, row) == 1


@cache
def _insert_key(dialect: str) -> CompiledStatement:
    return CompiledStatement(conflict_insert(idempotency, dialect).on_conflict_do_nothing())


def find_idempotency_key(connection: Connection, *, account_id: str, test_mode: bool, key: str) -> RowMapping | None:
    parameters = {"owner": account_id, "mode": test_mode, "client_key": key}
    return connection.execute(_FIND_KEY, parameters).mappings().first()


def delete_idempotency_key(
    connection: Connection, *, account_id: str, test_mode: bool, key: str, made_before: datetime
) -> None:
    """Delete a key if it was created before that time."""
    parameters = {"owner": account_id, "mode": test_mode, "client_key": key, "moment": made_before}
    connection.execute(_DELETE_KEY, parameters)


def delete_idempotency_keys_of(connection: Connection, generation_id: str, *, account_id: str) -> None:
    """Delete the keys that created a generation."""
    own = and_(idempotency.c.account_id == account_id, idempotency.c.generation_id == generation_id)
    connection.execute(delete(idempotency).where(own))


def delete_idempotency_keys_before(connection: Connection, moment: datetime) -> int:
    return connection.execute(delete(idempotency).where(idempotency.c.created_at <= moment)).rowcount


def _decoded(row: Row | None) -> Generation | None:
    return None if row is None else _generation(row)


def _decodable(rows: Iterable[RowMapping]) -> Iterator[Generation]:
    for row in rows:
        try:
            yield _generation(row)
        except (AttributeError, LookupError, TypeError, ValueError):  # stored by another release, or damaged
            logger.exception("generation_undecodable", generation_id=row["id"])


def _generation(row: Row) -> Generation:
    values: dict[str, Any] = {name: convert(row[name]) if convert else row[name] for name, convert in _COLUMNS}
    return Generation(**values)


def _stored(values: Mapping[str, Any]) -> dict[str, object]:
    stored = dict(values)
    for name in _NESTED.intersection(values):
        if values[name] is not None:
            stored[name] = _NESTED_COLUMNS[name](values[name])
    return stored
