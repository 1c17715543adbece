"""Deliveries as their account sees them: state, attempts and replay."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping

from accounts.principal import Principal, Scope, require_scope
from database.transaction import Transaction
from kit.errors import InvalidInput, NotFound
from kit.ids import is_id
from kit.pagination import Page, PageRequest, page_of
from kit.text import truncate
from webhooks import repository
from webhooks.event import EventType, MessageFormat
from webhooks.outbox import Outbox

RETENTION = timedelta(days=30)


class DeliveryStatus(StrEnum):
    """The state of a delivery."""

    PENDING = repository.PENDING
    DELIVERED = repository.DELIVERED
    FAILED = repository.FAILED


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One attempt: status and start of the response, or the error."""

    number: int
    at: datetime
    latency: int
    """Duration in milliseconds."""
    status: int | None
    error: str | None
    response_body: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message for one receiver."""

    id: str
    message_id: str
    account_id: str
    event: EventType
    generation_id: str | None
    endpoint_id: str | None
    url: str
    status: DeliveryStatus
    reason: str | None
    """Why it failed."""
    created_at: datetime
    next_attempt_at: datetime | None
    """The next attempt; None while one is in flight."""
    body: Mapping[str, Any]
    attempts: Sequence[DeliveryAttempt]


def page_of_deliveries(
    connection: Connection, principal: Principal, page: PageRequest, filters: Mapping[str, str]
) -> Page[Delivery]:
    """Return a page of the account's deliveries in the mode of the key. Raises `Forbidden`."""
    require_scope(principal, Scope.WEBHOOKS)
    if not all(is_id(value) for name, value in filters.items() if name.endswith("_id")):
        return page_of([], page)
    rows = repository.page_of_deliveries(
        connection, principal.account_id, test_mode=principal.test_mode, page=page, filters=filters
    )
    return page_of(_with_attempts(connection, rows), page)


def list_deliveries(
    connection: Connection, *, page: PageRequest, account_id: str | None = None, status: DeliveryStatus | None = None
) -> Sequence[Delivery]:
    """Return the newest deliveries of an account, or of all."""
    filters = {} if status is None else {"status": status.value}
    rows = repository.page_of_deliveries(connection, account_id, page=page, filters=filters)
    return page_of(_with_attempts(connection, rows), page).items


def replay_own(
    transaction: Transaction, principal: Principal, outbox: Outbox, delivery_id: str, *, at: datetime
) -> Delivery:
    """Replay a delivery: attempt it now, with the whole retry schedule.

    Raises `Forbidden`, `InvalidInput` and `NotFound`.
    """
    require_scope(principal, Scope.WEBHOOKS)
    row = repository.lock_delivery(transaction.connection, delivery_id) if is_id(delivery_id) else None
    if row is None or (row["account_id"], row["test_mode"]) != (principal.account_id, principal.test_mode):
        raise _unknown(delivery_id)
    return _replay(transaction, outbox, row, at=at)


def replay(transaction: Transaction, outbox: Outbox, delivery_id: str, *, at: datetime) -> Delivery:
    """Replay a delivery for the operator. Raises `InvalidInput` and `NotFound`."""
    row = repository.lock_delivery(transaction.connection, delivery_id) if is_id(delivery_id) else None
    if row is None:
        raise _unknown(delivery_id)
    return _replay(transaction, outbox, row, at=at)


def delete_expired(transaction: Transaction, *, at: datetime, limit: int) -> int:
    """Delete up to `limit` ended deliveries older than `RETENTION`, with their attempts; return how many."""
    return repository.delete_before(transaction.connection, at - RETENTION, limit=limit)


def erase_deliveries_of(transaction: Transaction, generation_id: str) -> None:
    """Erase the file and the error message of a deleted generation from its deliveries."""
    for row in repository.deliveries_of_generation(transaction.connection, generation_id):
        body = _without_content(row["body"], format=row["format"])
        repository.save_delivery(transaction.connection, row["id"], {"body": body, "link": None})


def _without_content(body: Mapping[str, Any], *, format: str | None) -> Mapping[str, Any]:
    if format == MessageFormat.APIXO:
        return {**body, "data": {name: value for name, value in body["data"].items() if name != "failMsg"}}
    return {**body, "url": None, "error": None}


def _replay(transaction: Transaction, outbox: Outbox, row: RowMapping, *, at: datetime) -> Delivery:
    connection = transaction.connection
    if row["endpoint_id"] is not None:
        endpoint = repository.find_endpoint(connection, row["endpoint_id"])
        if endpoint is None or endpoint["disabled_at"] is not None:
            raise InvalidInput(
                f"{row['endpoint_id']}, which it is for, is disabled or deleted. Enable it first.",
                field="id",
            )
    if not row["in_flight"]:
        again = {"status": repository.PENDING, "reason": None, "attempts_since_replay": 0, "due_at": at}
        repository.save_delivery(connection, row["id"], again)
        outbox.wake_after(transaction, {row["queue"]})
    fresh = repository.lock_delivery(connection, row["id"])
    return _with_attempts(connection, [] if fresh is None else [fresh])[0]


def _unknown(delivery_id: str) -> NotFound:
    return NotFound(
        f"There is no webhook delivery {truncate(delivery_id)} of yours. They are kept for {RETENTION.days} days."
    )


def _with_attempts(connection: Connection, rows: Sequence[RowMapping]) -> list[Delivery]:
    attempts: defaultdict[str, list[DeliveryAttempt]] = defaultdict(list)
    for row in repository.attempts_of(connection, [row["id"] for row in rows]):
        attempt = DeliveryAttempt(
            row["number"], row["at"], row["latency"], row["status"], row["error"], row["response_body"]
        )
        attempts[row["delivery_id"]].append(attempt)
    return [_delivery(row, attempts[row["id"]]) for row in rows]


def _delivery(row: RowMapping, attempts: Sequence[DeliveryAttempt]) -> Delivery:
    return Delivery(
        id=row["id"],
        message_id=row["message_id"],
        account_id=row["account_id"],
        event=EventType(row["event"]),
        generation_id=row["generation_id"],
        endpoint_id=row["endpoint_id"],
        url=row["url"],
        status=DeliveryStatus(row["status"]),
        reason=row["reason"],
        created_at=row["created_at"],
        next_attempt_at=None if row["in_flight"] else row["due_at"],
        body=row["body"],
        attempts=attempts,
    )
