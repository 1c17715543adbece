"""The only way a generation changes: one row, its version, its credits and its event, in one transaction."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from accounts.limits import end_generation
from credits.ledger import Book, settle_hold
from database.transaction import Transaction
from generations import repository
from generations.generation import (
    CANCELLED,
    COMPLETED,
    FAILED,
    Failure,
    Generation,
    State,
    StoredOutput,
    check_transition,
)
from kit.errors import DoitongError
from kit.events import Hub

MOST_BEFORE_DONE = 99  # percent: 100 is for what is stored and paid
ALL = 100


def account_topic(account_id: str, *, test_mode: bool) -> str:
    """The topic on which every change of an account's generations in one mode is published."""
    return f"{account_id}/{'test' if test_mode else 'live'}"


def publish(transaction: Transaction, hub: Hub[Generation], changed: Generation) -> None:
    """Tell followers of the generation and of its account, once it is committed."""

    def tell() -> None:
        hub.publish(changed.id, changed)
        hub.publish(account_topic(changed.account_id, test_mode=changed.test_mode), changed)

    transaction.after_commit(tell)


def change(
    transaction: Transaction, hub: Hub[Generation], current: Generation, wanted: State, **fields: Any
) -> Generation:
    """Move a locked generation to `wanted` and publish it. Raises `IllegalTransition`."""
    check_transition(current.state, wanted)
    if "progress" in fields:
        fields["progress"] = max(current.progress, fields["progress"])
    fields.update(status=wanted[0], stage=wanted[1], version=current.version + 1)
    changed = replace(current, **fields)
    repository.save(transaction.connection, current.id, fields)
    publish(transaction, hub, changed)
    return changed


def note(transaction: Transaction, current: Generation, **fields: Any) -> Generation:
    """Record what no client sees, such as the upstream's reference, without a new version."""
    repository.save(transaction.connection, current.id, fields)
    return replace(current, **fields)


def complete(
    transaction: Transaction,
    hub: Hub[Generation],
    current: Generation,
    *,
    outputs: Iterable[StoredOutput],
    notes: Iterable[str],
    at: datetime,
) -> Generation:
    """End a locked generation with its outputs; the hold is spent."""
    adjustments = [*current.adjustments, *({"reason": text} for text in notes)]
    _settle(transaction, current, captured=current.credit_cost, at=at)
    return change(
        transaction,
        hub,
        current,
        COMPLETED,
        outputs=tuple(outputs),
        adjustments=adjustments,
        progress=ALL,
        completed_at=at,
    )


def fail(
    transaction: Transaction, hub: Hub[Generation], current: Generation, *, error: DoitongError, at: datetime
) -> Generation:
    """End a locked generation with an error; the hold is released."""
    _settle(transaction, current, captured=0, at=at)
    failure = Failure(error.code, error.message, error.retryable)
    return change(transaction, hub, current, FAILED, error=failure, completed_at=at)


def cancel(transaction: Transaction, hub: Hub[Generation], current: Generation, *, at: datetime) -> Generation:
    """End a locked generation because its owner wants it no more; the hold is released."""
    _settle(transaction, current, captured=0, at=at)
    return change(transaction, hub, current, CANCELLED, completed_at=at)


def _settle(transaction: Transaction, current: Generation, *, captured: int, at: datetime) -> None:
    # First the counters, then the book, as at acceptance: in another order two transactions can wait for each other.
    end_generation(transaction, current.account_id)
    book = Book(current.account_id, current.test_mode)
    settle_hold(transaction, book, held=current.credit_cost, captured=captured, generation_id=current.id, at=at)
