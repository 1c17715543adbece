"""Hourly cleanup of expired keys, tokens, deliveries and files."""

from datetime import timedelta
from functools import partial

from accounts import client_tokens
from accounts.repository import forget_tokens_expired_before
from database.transaction import Transaction
from generations import repository
from generations.requests.idempotency import RETENTION
from generations.services import Services
from kit.clock import WakeableTimer
from kit.retry import retry_until_done
from webhooks import deliveries
from webhooks.repository import forget_before

INTERVAL = timedelta(hours=1)
BATCH = 500  # rows
RETRY = timedelta(seconds=20)  # before deletions that the store refused are retried
NAME = "sweep"


async def sweep(services: Services) -> int:
    """Delete expired keys, client tokens, deliveries and files; return how many. Safe to repeat."""
    now = services.clock.now()

    def forget(transaction: Transaction) -> int:
        forgotten = repository.forget_keys_before(transaction.connection, now - RETENTION)
        return forgotten + forget_tokens_expired_before(
            transaction.connection, now - client_tokens.RETENTION, in_use=repository.KEYS_IN_USE
        )

    forgotten = await services.database.transact(forget) + await _forget_deliveries(services)
    return forgotten + await services.library.sweep()


async def _forget_deliveries(services: Services) -> int:
    """Delete in batches, one transaction each, so that other writers get their turn."""
    moment = services.clock.now() - deliveries.RETENTION
    forgotten = 0
    while batch := await services.database.transact(
        lambda transaction: forget_before(transaction.connection, moment, at_most=BATCH)
    ):
        forgotten += batch
    return forgotten


async def sweep_forever(services: Services) -> None:
    """Sweep now and every hour, and retry unfinished deletions within a minute, until cancelled."""
    clock = services.clock
    alarm, due = WakeableTimer(clock), clock.now()
    while True:
        now = clock.now()
        if now < due:
            await retry_until_done(services.library.delete_stuck, alarm, clock, name=NAME)
        else:
            await retry_until_done(partial(sweep, services), alarm, clock, name=NAME)
            due = now + INTERVAL
        await alarm.wait_until(clock.now() + RETRY)
