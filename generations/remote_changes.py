"""Publishes on the hub of this process the changes that other processes made, if it has subscribers of them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count, islice

from generations import repository
from generations.change_notification import ChangeNotification, listen_for_changes
from generations.generation import Generation
from generations.services import Services
from generations.transitions import notify, parse_account_topic
from kit.clock import WakeableTimer
from kit.ids import least_id
from kit.retry import retry_until_done

BATCH = 500  # rows of one query
MARGIN = timedelta(seconds=30)  # a transaction commits later than the time that it writes
MAX_AGE = timedelta(days=1)  # of a generation that ends: far beyond its deadline
NAME = "remote_changes"


@dataclass(frozen=True, slots=True)
class _Gap:
    """A gap in listening that has not been made up for: what ended since then may be unknown here."""

    since: datetime


class RemoteChanges:
    """Reads the rows of followed generations, several in one query, when other processes change them.

    After a gap in listening, it reads all followed generations, and what began or ended in followed accounts.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._numbers = count()
        self._pending: dict[str, int] = {}  # the number of the last change of each generation to read
        self._gap: _Gap | None = None
        self._timer = WakeableTimer(services.clock)
        self._reading: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen until the database is closed."""
        listen_for_changes(self._services.database, self._receive, on_listening=self._on_listening)

    async def close(self) -> None:
        """Stop reading rows."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    def _receive(self, change: ChangeNotification) -> None:
        hub = self._services.hub
        if hub.follows(change.generation_id) or hub.follows(change.account_topic):
            self._pending[change.generation_id] = next(self._numbers)
            self._start()

    def _on_listening(self) -> None:
        since = self._services.clock.now() - self._services.database.last_gap - MARGIN
        self._gap = _Gap(since if self._gap is None else min(since, self._gap.since))
        self._start()
        self._timer.wake()

    def _start(self) -> None:
        if self._reading is None:
            self._reading = asyncio.get_running_loop().create_task(self._read_all(), name=NAME)

    async def _read_all(self) -> None:
        try:
            while self._pending or self._gap is not None:
                await retry_until_done(self._read, self._timer, self._services.clock, name=NAME)
        finally:
            self._reading = None

    async def _read(self) -> None:
        """Read and publish what is pending. What an error leaves unread, or changes meanwhile, stays pending."""
        gap = self._gap
        if gap is not None:
            await self._add_followed(since=gap.since)
            if self._gap is gap:
                self._gap = None
        while self._pending:
            batch = dict(islice(self._pending.items(), BATCH))
            ids = list(batch)
            rows = await self._services.database.read(partial(repository.load_many, generation_ids=ids))
            for generation_id, number in batch.items():
                if self._pending.get(generation_id) == number:
                    del self._pending[generation_id]
            self._publish(rows)

    async def _add_followed(self, *, since: datetime) -> None:
        """Add what is followed to what is pending: also the generations of accounts that run or ended since."""
        for topic in self._services.hub.topics():
            account = parse_account_topic(topic)
            if account is None:
                self._pending[topic] = next(self._numbers)
            else:
                await self._add_account(topic, *account, since=since)

    async def _add_account(self, topic: str, account_id: str, test_mode: bool, *, since: datetime) -> None:
        after = least_id("gen", since - MAX_AGE)
        while self._services.hub.follows(topic):
            load_page = partial(
                repository.ids_active_since,
                account_id=account_id,
                test_mode=test_mode,
                since=since,
                after=after,
                limit=BATCH,
            )
            ids = await self._services.database.read(load_page)
            self._pending.update((generation_id, next(self._numbers)) for generation_id in ids)
            if len(ids) < BATCH:
                return
            after = ids[-1]

    def _publish(self, rows: Sequence[Generation]) -> None:
        for row in rows:
            if row.deleted_at is None:
                notify(self._services, row)
