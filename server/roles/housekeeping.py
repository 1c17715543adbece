"""Hourly deletion of expired idempotency keys, client retries, client tokens, webhook deliveries and files."""

from datetime import datetime, timedelta
from functools import partial

from accounts import client_tokens
from database.schedules import Claim, claim
from database.transaction import Transaction
from generations.repository import API_KEYS_OF_UNFINISHED_GENERATIONS
from generations.requests import client_retries, idempotency
from generations.services import Services
from kit.clock import WakeableTimer
from kit.retry import retry_until_done
from webhooks import deliveries

INTERVAL = timedelta(hours=1)
BATCH = 500  # rows
RETRY = timedelta(seconds=20)  # before deletions that the store refused are retried
NAME = "sweep"


async def delete_expired(services: Services) -> int:
    """Delete everything that has expired; return the number of rows and files. Safe to repeat."""
    now = services.clock.now()

    def delete_keys(transaction: Transaction) -> int:
        keys = idempotency.delete_expired(transaction, at=now) + client_retries.delete_expired(transaction, at=now)
        return keys + client_tokens.delete_expired(transaction, at=now, in_use=API_KEYS_OF_UNFINISHED_GENERATIONS)

    keys = await services.database.transact(delete_keys)
    return keys + await _delete_expired_deliveries(services) + await services.library.delete_unused()


async def _delete_expired_deliveries(services: Services) -> int:
    """Delete in batches, one transaction each, so that other writers get their turn."""
    now = services.clock.now()
    deleted = 0
    while batch := await services.database.transact(
        lambda transaction: deliveries.delete_expired(transaction, at=now, limit=BATCH)
    ):
        deleted += batch
    return deleted


async def run_housekeeping(services: Services) -> None:
    """Run `delete_expired` every hour on one of the workers, and retry unfinished file deletions in between."""
    clock = services.clock
    timer, due = WakeableTimer(clock), clock.now()
    while True:
        is_granted = False
        if (now := clock.now()) >= due:
            granted = await retry_until_done(partial(_claim, services, now), timer, clock, name=NAME)
            is_granted, due = granted.is_granted, granted.next_due_at
        work = partial(delete_expired, services) if is_granted else services.library.delete_stuck
        await retry_until_done(work, timer, clock, name=NAME)
        await timer.wait_until(clock.now() + RETRY)


async def _claim(services: Services, at: datetime) -> Claim:
    return await services.database.transact(
        lambda transaction: claim(transaction.connection, NAME, at=at, interval=INTERVAL)
    )
