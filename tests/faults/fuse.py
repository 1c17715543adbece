"""Every await of the heart on the world outside passes a fuse, which blows at the moment a test names."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NoReturn, TypeVar

from sqlalchemy import Connection

from database.transaction import Database, Transaction
from media.ingest import StoredMedia
from providers.backend import Callback, Job, JSONObject, Snapshot
from tests.fixtures.heart import FakeLibrary
from tests.fixtures.upstream import Upstream
from tests.fixtures.wrapped import WrappedDatabase

T = TypeVar("T")


class Fault(StrEnum):
    """What happens at the moment."""

    RAISES = "raises"
    IS_CANCELLED = "is cancelled"
    DIES = "dies"


class FaultInjector:
    """Names the moments that pass, `transact 2 begins` or `poll 1 ended`, and blows at one of them."""

    def __init__(self, moment: str | None = None, fault: Fault = Fault.RAISES) -> None:
        self.blown = asyncio.Event()
        self.passed: list[str] = []
        self.hanging: set[str] = set()
        self.moment, self.fault = moment, fault
        self._begun: Counter[str] = Counter()

    async def begin(self, call: str) -> str:
        """Pass the moment before a call; the call's name with its number."""
        self._begun[call] += 1
        name = f"{call} {self._begun[call]}"
        await self._pass(f"{name} begins")
        return name

    async def end(self, name: str) -> None:
        """Pass the moment after a call."""
        await self._pass(f"{name} ended")

    async def _pass(self, moment: str) -> None:
        self.passed.append(moment)
        if moment != self.moment or self.blown.is_set():
            return
        self.blown.set()
        if self.fault is Fault.DIES:
            await self._wait_for_the_kill()
        raise ConnectionError(moment) if self.fault is Fault.RAISES else asyncio.CancelledError(moment)

    async def _wait_for_the_kill(self) -> NoReturn:
        task = asyncio.current_task()
        self.hanging.add(task.get_name() if task else "")
        await asyncio.get_running_loop().create_future()
        raise AssertionError("nobody answers this")


class FusedDatabase(WrappedDatabase):
    """A database whose answers can be lost before or after the commit."""

    def __init__(self, inner: Database, fuse: FaultInjector) -> None:
        super().__init__(inner)
        self._fuse = fuse

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        name = await self._fuse.begin("transact")
        answer = await self.inner.transact(work)
        await self._fuse.end(name)
        return answer

    async def read(self, work: Callable[[Connection], T]) -> T:
        name = await self._fuse.begin("read")
        answer = await self.inner.read(work)
        await self._fuse.end(name)
        return answer


class FusedUpstream(Upstream):
    """Follows a script: the first poll finds each job as `script[0]`, the next as `script[1]`, and so on."""

    def __init__(self, name: str, fuse: FaultInjector, *script: Snapshot) -> None:
        super().__init__(name)
        self._fuse, self._script = fuse, script
        self._polls = 0

    async def submit(self, job: Job) -> JSONObject:
        name = await self._fuse.begin("submit")
        try:
            return await super().submit(job)
        finally:
            await self._fuse.end(name)

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        name = await self._fuse.begin("poll")
        snapshot = self._script[min(self._polls, len(self._script) - 1)]
        self._polls += 1
        await self._fuse.end(name)
        return snapshot

    def parse_callback(
        self, job: Job, reference: JSONObject, *, headers: Mapping[str, str], body: bytes
    ) -> Callback | None:
        return Callback(verified=True, snapshot=self._script[-1])

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        name = await self._fuse.begin("cancel")
        await super().cancel(job, reference)
        await self._fuse.end(name)

    async def forget(self, job: Job, reference: JSONObject) -> None:
        name = await self._fuse.begin("forget")
        await super().forget(job, reference)
        await self._fuse.end(name)


class FaultyLibrary(FakeLibrary):
    """A library whose store can fail."""

    def __init__(self, fuse: FaultInjector) -> None:
        self._fuse = fuse

    async def store_url(self, url: str, *, media_type: str) -> StoredMedia:
        name = await self._fuse.begin("store")
        stored = await super().store_url(url, media_type=media_type)
        await self._fuse.end(name)
        return stored
