"""On PostgreSQL, clocks follow the database server, so that all processes agree on windows and deadlines."""

from datetime import timedelta

from database.transaction import Database
from kit.clock import AdjustedClock, WakeableTimer
from kit.logs import get_logger
from kit.retry import retry_until_done

INTERVAL = timedelta(minutes=1)
MIN_LOGGED_CHANGE = timedelta(seconds=1)  # a change of the time that is logged
CHANNEL = "time"  # nothing is sent; listening is how reconnects are noticed
NAME = "time_synchronization"

logger = get_logger(__name__)


class TimeSynchronization:
    """Adjusts a clock to the time of the database. On SQLite it does nothing."""

    def __init__(self, database: Database, clock: AdjustedClock) -> None:
        self._database, self._clock = database, clock
        self._timer = WakeableTimer(clock)

    async def adjust(self) -> None:
        """Read the time of the database and adjust the clock. Raises `DatabaseUnavailable`."""
        sample = await self._database.read_time(self._clock.monotonic)
        if sample is None:
            return
        moment, at = sample
        change = self._clock.adjust(moment, at=at)
        if abs(change) >= MIN_LOGGED_CHANGE:
            logger.warning("clock_adjusted", seconds=round(change.total_seconds(), 3))

    async def run(self) -> None:
        """Adjust the clock every minute, and when the connection to the database was re-established."""
        self._database.listen(CHANNEL, lambda _: None, on_listening=self._timer.wake)
        while True:
            await self._timer.wait_until(self._clock.now() + INTERVAL)
            await retry_until_done(self.adjust, self._timer, self._clock, name=NAME)
