"""`doitong webhooks`: list and replay webhook deliveries."""

import asyncio
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from cli.admin.database import settings_of_existing_database, transact
from database.transaction import Transaction
from kit.outbound import validate_url
from kit.pagination import MAX_SIZE, PageRequest
from webhooks.deliveries import Delivery, DeliveryAttempt, DeliveryStatus, list_deliveries, replay
from webhooks.outbox import Outbox

NEWEST = PageRequest(size=MAX_SIZE, after=None, before=None, backward=False)


def run(*, action: str, **options: Any) -> int:
    """Run the action and return the exit status."""
    actions: dict[str, Callable[..., int]] = {"list": list_newest, "replay": replay_all}
    return actions[action](**options)


def list_newest(*, account: str | None, status: DeliveryStatus | None, data_dir: Path | None) -> int:
    """Print a line for each delivery, newest first, followed by a line for each attempt."""
    settings = settings_of_existing_database(data_dir)
    deliveries = asyncio.run(
        transact(settings, lambda t, _: list_deliveries(t.connection, page=NEWEST, account_id=account, status=status))
    )
    for delivery in deliveries:
        sys.stdout.write(_delivery_line(delivery))
        for attempt in delivery.attempts:
            sys.stdout.write(_attempt_line(attempt))
    return 0


def replay_all(*, delivery_ids: list[str], data_dir: Path | None) -> int:
    """Schedule all of the deliveries for now, or none if an id is unknown."""
    settings = settings_of_existing_database(data_dir)

    def schedule(transaction: Transaction, now: datetime) -> None:
        for delivery_id in delivery_ids:
            replay(transaction, Outbox(validate_url), delivery_id, at=now)

    asyncio.run(transact(settings, schedule))
    return 0


def _delivery_line(delivery: Delivery) -> str:
    due = delivery.next_attempt_at
    state = delivery.status.lower() + (f", next {due:%Y-%m-%d %H:%M:%S}" if due else "")
    reason = f"  {delivery.reason}" if delivery.reason else ""
    subject = delivery.generation_id or delivery.account_id
    return f"{delivery.id}  {delivery.event}  {subject}  {delivery.url}  {state}{reason}\n"


def _attempt_line(attempt: DeliveryAttempt) -> str:
    outcome = attempt.error if attempt.status is None else str(attempt.status)
    return f"    {attempt.number}.  {attempt.at:%Y-%m-%d %H:%M:%S}  {outcome} in {attempt.latency} ms\n"
