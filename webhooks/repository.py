"""SQL statements of webhook endpoints, deliveries and attempts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from accounts.repository import account
from database.compiled_statement import CompiledStatement, Row
from kit.pagination import PageRequest
from webhooks.tables import AttemptRow, DeliveryRow, EndpointRow

endpoint = cast(Table, EndpointRow.__table__)  # type: ignore[attr-defined]
delivery = cast(Table, DeliveryRow.__table__)  # type: ignore[attr-defined]
attempt = cast(Table, AttemptRow.__table__)  # type: ignore[attr-defined]

PENDING, DELIVERED, FAILED = "PENDING", "DELIVERED", "FAILED"
ENDPOINT_GONE = "The endpoint was disabled or deleted."

_ENDPOINTS = select(endpoint).where(
    endpoint.c.account_id == bindparam("owner"), endpoint.c.test_mode == bindparam("mode")
)
_ENABLED = CompiledStatement(_ENDPOINTS.where(endpoint.c.disabled_at.is_(None)).order_by(endpoint.c.id))
_INSERT_DELIVERY = insert(delivery)
# A literal, not a parameter: SQLite uses a partial index only if it can see that its condition holds.
_WAITING = delivery.c.status == literal_column(f"'{PENDING}'")
_WAITING_IN_QUEUE = and_(_WAITING, delivery.c.queue == bindparam("in_queue"))
_DUE = (
    select(delivery.c.id)
    .where(_WAITING_IN_QUEUE, delivery.c.due_at <= bindparam("moment"))
    .order_by(delivery.c.due_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_NEXT_DUE = select(func.min(delivery.c.due_at)).where(_WAITING_IN_QUEUE)
_QUEUES = select(delivery.c.queue, func.min(delivery.c.due_at)).where(_WAITING).group_by(delivery.c.queue)
_COUNT_WAITING = select(func.count()).select_from(delivery).where(_WAITING)
_FAIL_WAITING = (
    update(delivery)
    .where(_WAITING_IN_QUEUE)
    .values(status=FAILED, reason=bindparam("because"), in_flight=False, due_at=None)
)
_RELEASE = update(delivery).where(_WAITING, delivery.c.in_flight).values(in_flight=False, due_at=bindparam("moment"))
_TO_SEND = (
    select(
        delivery.c.id,
        delivery.c.message_id,
        delivery.c.queue,
        delivery.c.body,
        delivery.c.link,
        delivery.c.format,
        delivery.c.due_at,
        delivery.c.endpoint_id,
        func.coalesce(endpoint.c.url, delivery.c.url).label("url"),
        and_(
            delivery.c.endpoint_id.is_not(None), or_(endpoint.c.id.is_(None), endpoint.c.disabled_at.is_not(None))
        ).label("is_unwanted"),
        endpoint.c.secret,
        endpoint.c.previous_secret,
        endpoint.c.previous_secret_until,
        account.c.webhook_secret,
        account.c.previous_webhook_secret,
        account.c.previous_webhook_secret_until,
    )
    .join_from(delivery, account, account.c.id == delivery.c.account_id)
    .outerjoin(endpoint, endpoint.c.id == delivery.c.endpoint_id)
)
_AT_THIS_ADDRESS = and_(endpoint.c.id == bindparam("this_endpoint"), endpoint.c.url == bindparam("tried_url"))
_SUCCEEDED = update(endpoint).where(_AT_THIS_ADDRESS, endpoint.c.failing_since.is_not(None)).values(failing_since=None)
_FAILED = (
    update(endpoint)
    .where(_AT_THIS_ADDRESS)
    .values(failing_since=func.coalesce(endpoint.c.failing_since, bindparam("moment")))
    .returning(endpoint)
)
_SAVE_OUTCOME = (
    update(delivery)
    .where(delivery.c.id == bindparam("this_delivery"))
    .values(
        in_flight=False,
        **{
            name: bindparam(f"new_{name}")
            for name in ("attempts", "attempts_since_replay", "status", "reason", "due_at")
        },
    )
)
_INSERT_ATTEMPT = insert(attempt)
_COUNT_ATTEMPT = (
    update(delivery).where(delivery.c.id == bindparam("this_delivery")).values(attempts=delivery.c.attempts + 1)
)
_LEASE = select(delivery.c.in_flight, delivery.c.due_at).where(delivery.c.id == bindparam("this_delivery"))
_LOCK_DELIVERY = select(delivery).where(delivery.c.id == bindparam("this_delivery")).with_for_update()


def queue_of(account_id: str, receiver: str) -> str:
    """Return the queue of a receiver: an endpoint id, or the digest of a plain URL."""
    return f"{account_id}/{receiver}"


def insert_endpoint(connection: Connection, row: Mapping[str, object]) -> None:
    connection.execute(insert(endpoint), dict(row))


def save_endpoint(connection: Connection, endpoint_id: str, fields: Mapping[str, object]) -> None:
    connection.execute(update(endpoint).where(endpoint.c.id == endpoint_id).values(dict(fields)))


def delete_endpoint(connection: Connection, endpoint_id: str) -> None:
    connection.execute(delete(endpoint).where(endpoint.c.id == endpoint_id))


def find_endpoint(connection: Connection, endpoint_id: str) -> RowMapping | None:
    return connection.execute(select(endpoint).where(endpoint.c.id == endpoint_id)).mappings().first()


def lock_endpoint(connection: Connection, endpoint_id: str) -> RowMapping | None:
    statement = select(endpoint).where(endpoint.c.id == endpoint_id).with_for_update()
    return connection.execute(statement).mappings().first()


def page_of_endpoints(
    connection: Connection, account_id: str, *, test_mode: bool, page: PageRequest
) -> Sequence[RowMapping]:
    """Return endpoints of an account, newest first, one more than the page has."""
    statement = _ENDPOINTS if page.after is None else _ENDPOINTS.where(endpoint.c.id < page.after)
    statement = statement.order_by(endpoint.c.id.desc()).limit(page.fetch)
    return connection.execute(statement, {"owner": account_id, "mode": test_mode}).mappings().all()


def enabled_endpoints(connection: Connection, account_id: str, *, test_mode: bool) -> Sequence[Row]:
    return _ENABLED.all(connection, {"owner": account_id, "mode": test_mode})


def count_endpoints(connection: Connection, account_id: str, *, test_mode: bool) -> int:
    own = and_(endpoint.c.account_id == account_id, endpoint.c.test_mode == test_mode)
    return connection.execute(select(func.count()).select_from(endpoint).where(own)).scalar_one()


def record_success(connection: Connection, endpoint_id: str, *, url: str) -> None:
    connection.execute(_SUCCEEDED, {"this_endpoint": endpoint_id, "tried_url": url})


def record_failure(connection: Connection, endpoint_id: str, *, url: str, at: datetime) -> RowMapping | None:
    """Count a failure of the endpoint, if it still has that URL; return it."""
    parameters = {"this_endpoint": endpoint_id, "tried_url": url, "moment": at}
    return connection.execute(_FAILED, parameters).mappings().first()


def insert_deliveries(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    connection.execute(_INSERT_DELIVERY, [dict(row) for row in rows])


def lock_delivery(connection: Connection, delivery_id: str) -> RowMapping | None:
    return connection.execute(_LOCK_DELIVERY, {"this_delivery": delivery_id}).mappings().first()


def is_leased(connection: Connection, delivery_id: str, *, until: datetime) -> bool:
    """Whether the attempt whose lease ends at that time is still the last one of its delivery."""
    row = connection.execute(_LEASE, {"this_delivery": delivery_id}).first()
    return row is not None and row.in_flight and row.due_at == until


def count_attempt(connection: Connection, delivery_id: str) -> None:
    """Count an attempt, and change nothing else."""
    connection.execute(_COUNT_ATTEMPT, {"this_delivery": delivery_id})


def save_delivery(connection: Connection, delivery_id: str, fields: Mapping[str, object]) -> None:
    connection.execute(update(delivery).where(delivery.c.id == delivery_id).values(dict(fields)))


def save_outcome(
    connection: Connection,
    delivery_id: str,
    *,
    attempts: int,
    attempts_since_replay: int,
    status: str,
    reason: str | None,
    due_at: datetime | None,
) -> None:
    """Save the state of a delivery that was in flight."""
    outcome = {
        "attempts": attempts,
        "attempts_since_replay": attempts_since_replay,
        "status": status,
        "reason": reason,
        "due_at": due_at,
    }
    connection.execute(_SAVE_OUTCOME, {"this_delivery": delivery_id, **{f"new_{k}": v for k, v in outcome.items()}})


def fail_waiting(connection: Connection, queue: str, *, reason: str) -> None:
    """Fail every pending delivery of the queue."""
    connection.execute(_FAIL_WAITING, {"in_queue": queue, "because": reason})


def count_pending(connection: Connection) -> int:
    """Return the number of deliveries that are neither delivered nor finally failed."""
    return int(connection.execute(_COUNT_WAITING).scalar_one())


def queues_with_due_times(connection: Connection) -> Mapping[str, datetime]:
    """Return each queue with pending deliveries, and when its first is due."""
    return {row[0]: row[1] for row in connection.execute(_QUEUES)}


def take_due(
    connection: Connection, queue: str, *, at: datetime, leased_until: datetime, limit: int
) -> tuple[Sequence[RowMapping], datetime | None]:
    """Lease due deliveries of a queue until `leased_until`; return them, and when its next delivery is due.

    Deliveries of a deleted or disabled endpoint fail here.
    """
    due = {"in_queue": queue, "moment": at, "limit": limit}
    ids = connection.execute(_DUE, due).scalars().all()
    taken: list[RowMapping] = []
    if ids:
        connection.execute(update(delivery).where(delivery.c.id.in_(ids)).values(in_flight=True, due_at=leased_until))
        for row in connection.execute(_TO_SEND.where(delivery.c.id.in_(ids)).order_by(delivery.c.id)).mappings():
            if row["is_unwanted"]:
                fail_waiting(connection, queue, reason=ENDPOINT_GONE)
            else:
                taken.append(row)
    return taken, connection.execute(_NEXT_DUE, {"in_queue": queue}).scalar_one()


def requeue_in_flight(connection: Connection, *, at: datetime) -> None:
    """Make in-flight deliveries due: no process is running them."""
    connection.execute(_RELEASE, {"moment": at})


def insert_attempt(connection: Connection, row: Mapping[str, object]) -> None:
    connection.execute(_INSERT_ATTEMPT, dict(row))


def page_of_deliveries(
    connection: Connection,
    account_id: str | None,
    *,
    page: PageRequest,
    test_mode: bool | None = None,
    filters: Mapping[str, str] | None = None,
) -> Sequence[RowMapping]:
    """Return deliveries of an account, or of all, newest first, one more than the page has."""
    statement: Select[tuple[object, ...]] = select(delivery)
    wanted = {"account_id": account_id, "test_mode": test_mode, **(filters or {})}
    for column, value in wanted.items():
        if value is not None:
            statement = statement.where(delivery.c[column] == value)
    if page.after is not None:
        statement = statement.where(delivery.c.id < page.after)
    return connection.execute(statement.order_by(delivery.c.id.desc()).limit(page.fetch)).mappings().all()


def attempts_of(connection: Connection, delivery_ids: Collection[str]) -> Sequence[RowMapping]:
    """Return the attempts of some deliveries, in order."""
    statement = select(attempt).where(attempt.c.delivery_id.in_(delivery_ids)).order_by(attempt.c.number)
    return connection.execute(statement).mappings().all()


def deliveries_of_generation(connection: Connection, generation_id: str) -> Sequence[RowMapping]:
    statement = select(delivery).where(delivery.c.generation_id == generation_id).order_by(delivery.c.id)
    return connection.execute(statement.with_for_update()).mappings().all()


def delete_before(connection: Connection, moment: datetime, *, limit: int) -> int:
    """Delete ended deliveries written before that time, with their attempts; return how many."""
    old = select(delivery.c.id).where(delivery.c.created_at <= moment, delivery.c.status != PENDING).limit(limit)
    ids = connection.execute(old.with_for_update(skip_locked=True)).scalars().all()  # skip one that is being replayed
    connection.execute(delete(attempt).where(attempt.c.delivery_id.in_(ids)))
    return connection.execute(delete(delivery).where(delivery.c.id.in_(ids))).rowcount
