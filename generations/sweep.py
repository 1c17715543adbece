"""Forgetting what is past its time, every now and then."""

import logging
from datetime import timedelta

from sqlalchemy.exc import DBAPIError

from generations import repository
from generations.idempotency import KEPT
from generations.services import Services
from kit.clock import Alarm

INTERVAL = timedelta(hours=1)

logger = logging.getLogger(__name__)


async def sweep(services: Services) -> int:
    """Forget idempotency keys that are no longer replayed; returns how many. Safe to repeat."""
    before = services.clock.now() - KEPT
    return await services.database.transact(lambda t: repository.forget_keys_before(t.connection, before))


async def sweep_forever(services: Services) -> None:
    """Sweep at once and then every hour, until cancelled."""
    alarm = Alarm(services.clock)
    while True:
        try:
            await sweep(services)
        except DBAPIError:
            logger.warning("sweep_failed", exc_info=True)
        await alarm.wait_until(services.clock.now() + INTERVAL)
