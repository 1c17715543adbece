"""Fault injection before and after each call of the use cases on the database, an upstream and the library."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NoReturn, TypeVar, cast
from uuid import UUID

from sqlalchemy import Connection

from database.postgresql import PostgreSQL
from database.transaction import Database, Transaction
from generations.execution.owned_generations import OwnedGenerations
from generations.generation import Generation
from media.ingest import IngestedFile
from providers.backend import AcceptedJob, Callback, Job, JSONObject, Snapshot
from tests.support.controllable_upstream import ControllableUpstream
from tests.support.delegating_database import DelegatingDatabase
from tests.support.services import FakeLibrary

T = TypeVar("T")


class Fault(StrEnum):
    """What happens at the fault point."""

    RAISES = "raises"
    CANCELLED = "cancelled"
    CRASHES = "crashes"


class FaultInjector:
    """Records the fault points reached, such as `transact 2 begins` and `poll 1 ended`, and injects a fault at `point`.

    `Fault.CRASHES` lets the call hang until the server is killed; `hanging` has the names of such tasks.
    """

    def __init__(self, point: str | None = None, fault: Fault = Fault.RAISES) -> None:
        self.triggered = asyncio.Event()
        self.points: list[str] = []
        self.hanging: set[str] = set()
        self.point, self.fault = point, fault
        self._counts: Counter[str] = Counter()

    async def before(self, call: str) -> str:
        """Reach the fault point before a call, and return the name of the call with its number."""
        self._counts[call] += 1
        name = f"{call} {self._counts[call]}"
        await self._reach(f"{name} begins")
        return name

    async def after(self, name: str) -> None:
        """Reach the fault point after a call."""
        await self._reach(f"{name} ended")

    async def _reach(self, point: str) -> None:
        self.points.append(point)
        if point != self.point or self.triggered.is_set():
            return
        self.triggered.set()
        if self.fault is Fault.CRASHES:
            await self._hang_until_killed()
        raise ConnectionError(point) if self.fault is Fault.RAISES else asyncio.CancelledError(point)

    async def _hang_until_killed(self) -> NoReturn:
        task = asyncio.current_task()
        self.hanging.add(task.get_name() if task else "")
        await asyncio.get_running_loop().create_future()
        raise AssertionError("unreachable")


class FaultyDatabase(DelegatingDatabase):
    """A database that can fail before or after the commit."""

    def __init__(self, inner: Database, injector: FaultInjector) -> None:
        super().__init__(inner)
        self.injector = injector

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        name = await self.injector.before("transact")
        result = await self.inner.transact(work)
        await self.injector.after(name)
        return result

    async def read(self, work: Callable[[Connection], T]) -> T:
        name = await self.injector.before("read")
        result = await self.inner.read(work)
        await self.injector.after(name)
        return result


class FaultyLoads(OwnedGenerations):
    """The loading of generations at the beginning of their steps, which can fail before or after it."""

    def __init__(self, database: FaultyDatabase) -> None:
        super().__init__(cast(PostgreSQL, database.inner))
        self._injector = database.injector

    async def load(self, generation_id: str, manager_id: UUID | None) -> Generation | None:
        name = await self._injector.before("read")
        result = await super().load(generation_id, manager_id)
        await self._injector.after(name)
        return result


class ScriptedUpstream(ControllableUpstream):
    """Returns `script[0]` for the first poll, `script[1]` for the next, and so on."""

    def __init__(self, name: str, injector: FaultInjector, *script: Snapshot) -> None:
        super().__init__(name)
        self._injector, self._script = injector, script
        self._polls = 0

    async def submit(self, job: Job) -> AcceptedJob:
        name = await self._injector.before("submit")
        try:
            return await super().submit(job)
        finally:
            await self._injector.after(name)

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        name = await self._injector.before("poll")
        snapshot = self._script[min(self._polls, len(self._script) - 1)]
        self._polls += 1
        await self._injector.after(name)
        return snapshot

    def parse_callback(
        self, job: Job, reference: JSONObject | None, *, headers: Mapping[str, str], body: bytes
    ) -> Callback | None:
        return Callback(verified=True, snapshot=self._script[-1])

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        name = await self._injector.before("cancel")
        await super().cancel(job, reference)
        await self._injector.after(name)

    async def clean_up(self, job: Job, reference: JSONObject) -> None:
        name = await self._injector.before("clean_up")
        await super().clean_up(job, reference)
        await self._injector.after(name)


class FaultyLibrary(FakeLibrary):
    """A library whose store can fail."""

    def __init__(self, injector: FaultInjector) -> None:
        self._injector = injector

    async def store_url(self, url: str, *, media_type: str) -> IngestedFile:
        name = await self._injector.before("store")
        stored = await super().store_url(url, media_type=media_type)
        await self._injector.after(name)
        return stored
