"""The claim of one server on its database, renewed across restarts of the database server."""

import asyncio
from datetime import timedelta

from database.transaction import AlreadyClaimed, Database
from kit.clock import Clock, WakeableTimer
from kit.logs import get_logger

INTERVAL = timedelta(seconds=2)

logger = get_logger(__name__)


class ClaimRenewal:
    """Renews the claim every few seconds; sets `lost` when another server has it, and this one must stop."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.lost = asyncio.Event()
        self._database, self._clock = database, clock

    async def run(self) -> None:
        """Renew the claim until it is lost or the task is cancelled."""
        timer = WakeableTimer(self._clock)
        while not self.lost.is_set():
            await timer.wait_until(self._clock.now() + INTERVAL)
            try:
                await self._database.renew_claim()
            except AlreadyClaimed as error:
                logger.critical("claim_lost", reason=str(error))
                self.lost.set()
