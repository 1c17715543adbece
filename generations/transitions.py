"""State transitions: the table of those allowed, and the use cases that make them.

Row, version, credits and event change in one transaction. Nothing else changes a generation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from accounts.rate_limits import release_concurrency_slot
from accounts.spend_caps import refund_cap
from credits.ledger import LedgerAccount, settle_hold
from database.transaction import Transaction
from generations import client_retry_repository, repository
from generations.change_notification import CHANNEL, ChangeNotification
from generations.generation import (
    CANCELLED,
    COMPLETED,
    FAILED,
    QUEUED,
    RUNNING,
    STORING,
    SUBMITTED,
    Failure,
    Generation,
    State,
    StoredOutput,
    storage_keys_of,
)
from generations.generation_metrics import count_transition
from generations.services import Services
from generations.webhook_events import apixo_callback_event, webhook_event
from kit.errors import DoitongError
from kit.frozen import copy_with
from kit.logs import get_logger
from media.file_references import retain
from providers.backend import Adjustment, JSONObject
from webhooks.deliveries import erase_deliveries_of
from webhooks.event import MessageFormat

TRANSITIONS: Mapping[State, frozenset[State]] = {
    # To itself when another provider takes over.
    QUEUED: frozenset({QUEUED, SUBMITTED, FAILED, CANCELLED}),
    # Back to QUEUED only where the upstream did not accept the job, to try another route.
    SUBMITTED: frozenset({QUEUED, RUNNING, FAILED, CANCELLED}),
    RUNNING: frozenset({RUNNING, STORING, FAILED, CANCELLED}),
    STORING: frozenset({COMPLETED, FAILED, CANCELLED}),
    COMPLETED: frozenset(),
    FAILED: frozenset(),
    CANCELLED: frozenset(),
}

MAX_PROGRESS_BEFORE_DONE = 99  # percent; 100 means stored and charged
FULL_PROGRESS = 100
NOTIFIED_FIELDS = frozenset({"version", "attempts"})
"""Fields whose changes other processes are notified of: their cached results contain them."""

logger = get_logger(__name__)


class IllegalTransition(Exception):
    """A transition that the table does not allow: a bug, never caused by a client."""

    def __init__(self, current: State, requested: State) -> None:
        super().__init__(f"{'/'.join(current)} may not become {'/'.join(requested)}")


def check_transition(current: State, requested: State) -> None:
    """Raise `IllegalTransition` unless the table allows it."""
    if requested not in TRANSITIONS[current]:
        raise IllegalTransition(current, requested)


def account_topic(account_id: str, *, test_mode: bool) -> str:
    """Return the hub topic of an account's changes in one mode."""
    return f"{account_id}/{'test' if test_mode else 'live'}"


def parse_account_topic(topic: str) -> tuple[str, bool] | None:
    """Return account and test mode of an account's topic, or None for the topic of a generation."""
    account_id, slash, mode = topic.partition("/")
    return (account_id, mode == "test") if slash else None


def notify_after_commit(transaction: Transaction, services: Services, changed: Generation) -> None:
    """Notify caches, and subscribers of the generation and the account, after the commit, in all processes."""
    transaction.changed[changed.id] = changed
    _notify_processes(transaction, changed)
    transaction.after_commit(lambda: notify(services, changed))


def notify(services: Services, current: Generation) -> None:
    """Publish the current version; subscribers drop versions they already have."""
    services.hub.publish(current.id, current)
    services.hub.publish(account_topic(current.account_id, test_mode=current.test_mode), current)


def _notify_processes(transaction: Transaction, changed: Generation) -> None:
    topic = account_topic(changed.account_id, test_mode=changed.test_mode)
    transaction.notify(CHANNEL, ChangeNotification(changed.id, changed.version, topic).payload())


def transition(
    transaction: Transaction, services: Services, current: Generation, requested: State, **fields: Any
) -> Generation:
    """Move a locked generation to `requested` and notify. Raises `IllegalTransition`."""
    check_transition(current.state, requested)
    if "progress" in fields:
        fields["progress"] = max(current.progress, fields["progress"])
    fields.update(status=requested[0], stage=requested[1])
    fields.update(version=current.version + 1, fencing_token=current.fencing_token)
    changed = copy_with(current, **fields)
    _save(transaction, changed, fields)
    notify_after_commit(transaction, services, changed)
    transaction.after_commit(lambda: _report(current, changed))
    now, url = services.clock.now(), changed.webhook_url if changed.is_over else None
    is_apixo = changed.webhook_format is MessageFormat.APIXO
    services.outbox.enqueue(transaction, webhook_event(changed, at=now), url=None if is_apixo else url)
    if is_apixo and url is not None:
        services.outbox.enqueue_for_url(transaction, apixo_callback_event(changed, at=now), url=url)
    return changed


def _report(previous: Generation, changed: Generation) -> None:
    """Count and log a transition after its commit."""
    count_transition(previous, changed)
    if not changed.is_over:
        logger.debug("generation_changed", generation_id=changed.id, stage=changed.stage.value)
        return
    started, ended = changed.created_at, changed.completed_at
    logger.info(
        "generation_ended",
        generation_id=changed.id,
        account_id=changed.account_id,
        status=changed.status.value,
        code=changed.error.code.value if changed.error else None,
        provider=changed.provider,
        backend=changed.dispatch.backend if changed.dispatch else None,
        credits_charged=changed.credits_charged,
        duration_ms=round((ended - started).total_seconds() * 1000) if ended else None,
    )


def save_fields(transaction: Transaction, current: Generation, **fields: Any) -> Generation:
    """Write columns of a locked generation, given by name, and return it with them; status and stage stay.

    Notifies no subscriber of this process. Other processes are notified if `attempts` or `version` changed.
    """
    changed = copy_with(current, **fields)
    _save(transaction, changed, {**fields, "fencing_token": current.fencing_token})
    return changed


def _save(transaction: Transaction, changed: Generation, fields: Mapping[str, Any]) -> None:
    """Write these columns of a generation."""
    repository.save(transaction.connection, changed.id, fields)
    transaction.changed[changed.id] = changed
    if not NOTIFIED_FIELDS.isdisjoint(fields):
        _notify_processes(transaction, changed)


def complete(
    transaction: Transaction,
    services: Services,
    current: Generation,
    *,
    outputs: Iterable[StoredOutput],
    adjustments: Iterable[Adjustment],
    at: datetime,
) -> Generation:
    """Complete a locked generation: retain its files and capture the hold, or its part for partial output.

    Raises `FileGone` when one of the files was deleted in the meantime.
    """
    kept = tuple(outputs)
    delivered = sum(output.is_result for output in kept)
    charged = current.price_of(delivered)
    reported = [*current.adjustments, *(asdict(adjustment) for adjustment in adjustments)]
    if charged < current.price_of(current.requested_outputs):
        reported.append(_shortfall(current, delivered, charged))
    expires_at = at + timedelta(days=current.retention_days)
    retain(transaction, storage_keys_of(kept), holder=current.id, expires_at=expires_at, at=at)
    return _end(
        transaction,
        services,
        current,
        COMPLETED,
        charged=charged,
        at=at,
        outputs=kept,
        adjustments=reported,
        progress=FULL_PROGRESS,
    )


def fail(
    transaction: Transaction, services: Services, current: Generation, *, error: DoitongError, at: datetime
) -> Generation:
    """Fail a locked generation and release the hold."""
    failure = Failure(error.code, error.message, error.retryable)
    return _end(transaction, services, current, FAILED, charged=0, at=at, error=failure)


def cancel(transaction: Transaction, services: Services, current: Generation, *, at: datetime) -> Generation:
    """Cancel a locked generation and release the hold."""
    return _end(transaction, services, current, CANCELLED, charged=0, at=at)


def erase_content(transaction: Transaction, current: Generation, *, at: datetime) -> Generation:
    """Erase the inputs and outputs of a locked generation; the row stays for the ledger."""
    repository.delete_idempotency_keys_of(transaction.connection, current.id, account_id=current.account_id)
    client_retry_repository.delete_requests_of(transaction.connection, current.id)
    erase_deliveries_of(transaction, current.id)
    return save_fields(
        transaction,
        current,
        input={},
        options={},
        adjustments=[],
        attempts=[{**attempt, "error": None, "evidence": None} for attempt in current.attempts],
        alternatives=None,
        outputs=(),
        error=None,
        webhook_url=None,
        seed=0,
        deleted_at=at,
        version=current.version + 1,
    )


def _end(
    transaction: Transaction,
    services: Services,
    current: Generation,
    requested: State,
    *,
    charged: int,
    at: datetime,
    **fields: Any,
) -> Generation:
    _settle(transaction, current, charged=charged, at=at)
    return transition(transaction, services, current, requested, credits_charged=charged, completed_at=at, **fields)


def _settle(transaction: Transaction, current: Generation, *, charged: int, at: datetime) -> None:
    # Lock order: counters, caps, balance, as at acceptance. Another order can deadlock.
    release_concurrency_slot(transaction, current.account_id)
    refund_cap(transaction, current.key_id, amount=current.credit_cost - charged)
    ledger_account = LedgerAccount(current.account_id, current.test_mode)
    settle_hold(
        transaction, ledger_account, held=current.credit_cost, captured=charged, generation_id=current.id, at=at
    )


def _shortfall(current: Generation, delivered: int, charged: int) -> JSONObject:
    asked = current.options["n"]
    full = current.price_of(current.requested_outputs)
    reason = f"The provider delivered {delivered} of {asked}; {charged} of {full} credits were charged."
    return {"field": "options.n", "requested": asked, "used": delivered, "reason": reason}
