"""`doitong webhooks`: deliveries and how they went, and once more."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cli.admin.database import transact
from database.transaction import Transaction
from kit.clock import SystemClock
from kit.outbound import validate_url
from kit.pagination import MAX_SIZE, PageRequest
from server.settings import load_settings
from webhooks.deliveries import Delivery, DeliveryAttempt, DeliveryStatus, list_deliveries, replay
from webhooks.outbox import Outbox

NEWEST = PageRequest(size=MAX_SIZE, after=None, before=None, backward=False)


def run(*, action: str, **options: Any) -> int:
    """Do one of the two."""
    actions: dict[str, Callable[..., int]] = {"list": show, "replay": send_again}
    return actions[action](**options)


def show(*, account: str | None, status: DeliveryStatus | None, data_dir: Path | None) -> int:
    """A line for each delivery, newest first, and one for each attempt at it."""
    settings = load_settings(data_directory=data_dir)
    deliveries = asyncio.run(
        transact(settings, lambda t: list_deliveries(t.connection, page=NEWEST, account_id=account, status=status))
    )
    for delivery in deliveries:
        sys.stdout.write(_line(delivery))
        for attempt in delivery.attempts:
            sys.stdout.write(_attempt_line(attempt))
    return 0


def send_again(*, delivery_ids: list[str], data_dir: Path | None) -> int:
    """Make each due at once; all of them or none."""
    settings = load_settings(data_directory=data_dir)
    now = SystemClock().now()

    def send(transaction: Transaction) -> None:
        for delivery_id in delivery_ids:
            replay(transaction, Outbox(validate_url), delivery_id, at=now)

    asyncio.run(transact(settings, send))
    return 0


def _line(delivery: Delivery) -> str:
    due = delivery.next_attempt_at
    state = delivery.status.lower() + (f", next {due:%Y-%m-%d %H:%M:%S}" if due else "")
    reason = f"  {delivery.reason}" if delivery.reason else ""
    about = delivery.generation_id or delivery.account_id
    return f"{delivery.id}  {delivery.event}  {about}  {delivery.url}  {state}{reason}\n"


def _attempt_line(attempt: DeliveryAttempt) -> str:
    outcome = attempt.error if attempt.status is None else str(attempt.status)
    return f"    {attempt.number}.  {attempt.at:%Y-%m-%d %H:%M:%S}  {outcome} in {attempt.latency} ms\n"
