"""Records an attempt: its row, the state of the delivery, and the health of the endpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping

from database.transaction import Transaction
from kit.ids import new_id
from webhooks import repository
from webhooks.attempt import DeliveryOutcome, Message
from webhooks.event import EPHEMERAL, EventType, endpoint_disabled
from webhooks.outbox import Outbox
from webhooks.retry_schedule import retry_delay

DISABLE_AFTER = timedelta(days=5)  # of consecutive failures
GONE = "The receiver responded with 410 Gone."
FAILING = "Every attempt has failed for five days."


def record(
    transaction: Transaction, outbox: Outbox, message: Message, outcome: DeliveryOutcome, *, at: datetime
) -> None:
    """Record an attempt; then the delivery has succeeded, is retried later, or has failed.

    An attempt that outlived its lease is recorded, and decides nothing: another one was made meanwhile.
    """
    connection = transaction.connection
    is_current = repository.is_leased(connection, message.delivery_id, until=message.leased_until)
    # Lock order: endpoint before delivery, as everywhere.
    reason = _update_endpoint_health(transaction, outbox, message, outcome, at=at) if is_current else None
    row = repository.lock_delivery(connection, message.delivery_id)
    if row is None:
        return
    number = row["attempts"] + 1
    repository.insert_attempt(connection, _attempt_row(message, outcome, number))
    if not repository.is_leased(connection, message.delivery_id, until=message.leased_until):
        repository.count_attempt(connection, message.delivery_id)
        return
    next_state = _next_state(row, message, outcome, reason=reason, at=at)
    repository.save_outcome(
        transaction.connection,
        message.delivery_id,
        attempts=number,
        attempts_since_replay=next_state.attempts_since_replay,
        status=next_state.status,
        reason=next_state.reason,
        due_at=next_state.due_at,
    )
    if next_state.due_at is not None:
        outbox.wake_after(transaction, {message.queue})


def disable(transaction: Transaction, outbox: Outbox, endpoint: RowMapping, *, reason: str, at: datetime) -> None:
    """Disable an endpoint and notify the other endpoints of the account."""
    repository.save_endpoint(transaction.connection, endpoint["id"], {"disabled_at": at, "disabled_because": reason})
    queue = repository.queue_of(endpoint["account_id"], endpoint["id"])
    repository.fail_waiting(transaction.connection, queue, reason=reason)
    event = endpoint_disabled(
        endpoint["account_id"],
        test_mode=endpoint["test_mode"],
        endpoint_id=endpoint["id"],
        url=endpoint["url"],
        reason=reason,
        at=at,
    )
    outbox.enqueue(transaction, event)


def _update_endpoint_health(
    transaction: Transaction, outbox: Outbox, message: Message, outcome: DeliveryOutcome, *, at: datetime
) -> str | None:
    """Update the health of the endpoint; return why it is disabled, if it is."""
    if message.endpoint_id is None:
        return GONE if outcome.is_gone else None
    if outcome.is_accepted:
        repository.record_success(transaction.connection, message.endpoint_id, url=message.url)
        return None
    endpoint = repository.record_failure(transaction.connection, message.endpoint_id, url=message.url, at=at)
    if endpoint is None or endpoint["disabled_at"] is not None:
        return None
    is_given_up = endpoint["failing_since"] <= at - DISABLE_AFTER
    if not outcome.is_gone and not is_given_up:
        return None
    reason = GONE if outcome.is_gone else FAILING
    disable(transaction, outbox, endpoint, reason=reason, at=at)
    return reason


@dataclass(frozen=True, slots=True)
class NextState:
    """The next state of a delivery."""

    status: str
    attempts_since_replay: int
    reason: str | None = None
    due_at: datetime | None = None


def _next_state(
    row: RowMapping, message: Message, outcome: DeliveryOutcome, *, reason: str | None, at: datetime
) -> NextState:
    """Decide whether a delivery is retried. `reason` is why its endpoint was disabled, if it was."""
    if row["status"] != repository.PENDING:
        return NextState(row["status"], row["attempts_since_replay"], row["reason"])
    attempts_since_replay = row["attempts_since_replay"] + 1
    if outcome.is_accepted:
        return NextState(repository.DELIVERED, attempts_since_replay)
    is_ephemeral = EventType(row["event"]) in EPHEMERAL
    is_retried = not (reason or is_ephemeral)
    delay = retry_delay(attempts_since_replay, delivery_id=row["id"], format=message.format) if is_retried else None
    if delay is None:
        return NextState(
            repository.FAILED,
            attempts_since_replay,
            reason or _failure_reason(attempts_since_replay, is_ephemeral=is_ephemeral),
        )
    return NextState(repository.PENDING, attempts_since_replay, due_at=at + delay)


def _failure_reason(attempts_since_replay: int, *, is_ephemeral: bool) -> str:
    return (
        "Progress events are not retried."
        if is_ephemeral
        else f"None of {attempts_since_replay} attempts was accepted."
    )


def _attempt_row(message: Message, outcome: DeliveryOutcome, number: int) -> Mapping[str, object]:
    return {
        "id": new_id("att", outcome.at),
        "delivery_id": message.delivery_id,
        "number": number,
        "at": outcome.at,
        "latency": outcome.latency,
        "status": outcome.status,
        "error": outcome.error,
        "response_body": outcome.response_body,
    }
