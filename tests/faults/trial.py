"""One generation, one fault: the story of its life with a fuse in it, and what must be true afterwards."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from accounts.keys import Principal
from database.open import open_database
from generations import repository
from generations.execution.callback import CallbackAddress, receive_callback
from generations.execution.queue import EmbeddedQueue
from generations.execution.wake_throttle import WakeThrottle
from generations.generation import Generation, Status
from generations.requests.cancel import cancel
from generations.requests.submit import submit
from generations.services import Services
from kit.errors import ContentViolation, DoitongError
from kit.events import Hub
from kit.outbound import validate_url
from providers.backend import BackendState, Snapshot
from providers.catalogue import load_catalogue
from providers.registry import Backends
from tests.faults.fuse import Fault, FaultInjector, FaultyLibrary, FusedDatabase, FusedUpstream
from tests.fixtures.clock import ManualClock
from tests.fixtures.heart import PICTURE, UseCaseHarness
from tests.fixtures.upstream import PICTURE as MADE
from tests.properties.books import check_books, check_nothing_runs
from tests.properties.world import restart
from webhooks.outbox import Outbox

REQUEST = replace(PICTURE, idempotency_key="order-1")
PATIENCE = 20  # seconds of real time
CALM = 4  # looks in a row at which nothing was at work
PAUSE = 61  # seconds; a job that broke is run again after a minute at the latest
PAUSES = 10
RUNNING = Snapshot(BackendState.RUNNING, progress=50, poll_after=timedelta(seconds=1))
SUCCEEDED = Snapshot(BackendState.SUCCEEDED, progress=100, outputs=(MADE,))
BROKEN_OFF = Snapshot(BackendState.FAILED, error=ContentViolation("no"))


@dataclass(frozen=True, slots=True)
class Story:
    """How a generation fares when nothing goes wrong, and everything it waits for on the way."""

    name: str
    script: tuple[Snapshot, ...]
    ends: Status
    calls: Mapping[str, str]
    """The calls on the world outside, by number, and what each is for."""
    unsure: frozenset[str]
    """The moments at which nobody can know whether it was bought, so that it may end as failed."""
    refusal: DoitongError | None = None
    is_cancelled: bool = False
    is_called: bool = False

    @property
    def moments(self) -> list[str]:
        """Before and after each call."""
        return [f"{call} {edge}" for call in self.calls for edge in ("begins", "ended")]


class Trial:
    """A client, a server and the fuse between it and the world."""

    def __init__(self, story: Story, url: str, heart: UseCaseHarness, fuse: FaultInjector) -> None:
        self.story, self.url, self.heart, self.fuse = story, url, heart, fuse
        self._was_restarted = False
        self._was_heard = False

    @classmethod
    async def open(cls, story: Story, url: str, workspace: Path, fuse: FaultInjector) -> "Trial":
        clock, database = ManualClock(), await open_database(url)
        first, second = FusedUpstream("fal", fuse, *story.script), FusedUpstream("replicate", fuse, *story.script)
        first.refusal = story.refusal
        services = Services(
            database=FusedDatabase(database, fuse),
            clock=clock,
            catalogue=load_catalogue(),
            backends=Backends(live={"fal": first, "replicate": second}, test=first),
            queue=EmbeddedQueue(clock),
            hub=Hub[Generation](),
            outbox=Outbox(validate_url),
            library=FaultyLibrary(fuse),
            workspace=workspace,
            secret=b"a secret of the tests",
        )
        return cls(story, url, UseCaseHarness(database, services, clock, first, second), fuse)

    async def tell(self) -> Generation:
        """Live the story with its fault, and on to the end; the generation as it ended."""
        owner = await self.heart.an_account(credits=100)
        try:
            await self._ask(submit(self.heart.services, owner, REQUEST))
            await self._settle()
            if self.story.is_cancelled:
                await self._ask(self._cancel_all(self.heart.services, owner))
                await self._settle()
            if self.story.is_called:
                await self._ask(self._call_all(self.heart.services, owner))
                await self._settle()
            await self._start_again_if_dead()
            # A client that was told nothing, or of an error, sends the same again.
            again = await submit(self._unfused, owner, REQUEST)
            if self.story.is_cancelled:
                await self._cancel_all(self._unfused, owner)
            if self.story.is_called and not self._was_heard:
                await self._call_all(self._unfused, owner)
            await self._live_on()
            return await self._judge(owner, again.generation.id)
        finally:
            await self.heart.kill()
            await self.heart.database.close()

    @property
    def _unfused(self) -> Services:
        return replace(self.heart.services, database=self.heart.database)

    @property
    def _is_dead(self) -> bool:
        return self.fuse.fault is Fault.DIES and self.fuse.blown.is_set() and not self._was_restarted

    async def _ask(self, request: Coroutine[None, None, object]) -> None:
        """Send a request whose client takes whatever comes of it, and goes away when the server dies."""
        asking, death = asyncio.ensure_future(request), asyncio.ensure_future(self.fuse.blown.wait())
        await asyncio.wait((asking, death), return_when=asyncio.FIRST_COMPLETED)
        if self._is_dead:
            await self._settle()
            asking.cancel()
        death.cancel()
        for outcome in await asyncio.gather(asking, death, return_exceptions=True):
            if not isinstance(outcome, ConnectionError | asyncio.CancelledError) and isinstance(outcome, Exception):
                raise outcome

    async def _live_on(self) -> None:
        """Let time pass until nothing is left to do."""
        for _ in range(PAUSES):
            await self._settle()
            await self._start_again_if_dead()
            if not await self.heart.database.read(repository.active_ids):
                return
            self.heart.clock.move(PAUSE)
        raise AssertionError("it never came to its end")

    async def _start_again_if_dead(self) -> None:
        if self._is_dead:
            await restart(self.heart, self.url)
            self._was_restarted = True

    async def _cancel_all(self, services: Services, owner: Principal) -> None:
        for generation_id in await self._all_of(owner):
            await cancel(services, owner, generation_id)

    async def _call_all(self, services: Services, owner: Principal) -> None:
        """Tell of success, as the upstream does until it is answered."""
        wake_throttle = WakeThrottle(services.queue.wake, services.clock)
        for generation_id in await self._all_of(owner):
            address = CallbackAddress("fal", generation_id, "checked before")
            await receive_callback(services, wake_throttle, address, headers={}, body=b"")
            self._was_heard = True

    async def _all_of(self, owner: Principal) -> Sequence[str]:
        mine = select(repository.generation.c.id).where(repository.generation.c.account_id == owner.account_id)
        return await self.heart.database.read(lambda c: c.execute(mine).scalars().all())

    async def _settle(self) -> None:
        calm = 0
        async with asyncio.timeout(PATIENCE):
            while calm < CALM:
                await self.heart.database.read(lambda _: None)
                hanging = self.fuse.hanging if self._is_dead else set[str]()
                calm = calm + 1 if self.heart.queue.at_work <= hanging else 0

    async def _judge(self, owner: Principal, generation_id: str) -> Generation:
        await self.heart.database.read(check_books)
        await self.heart.database.read(check_nothing_runs)
        mine = select(repository.generation.c.id).where(repository.generation.c.account_id == owner.account_id)
        assert await self.heart.database.read(lambda c: list(c.execute(mine).scalars())) == [generation_id]
        bought = self.heart.upstream.bought[generation_id] + self.heart.other.bought[generation_id]
        assert bought <= 1, "nothing is bought twice"
        ended = await self.heart.database.read(lambda connection: repository.load(connection, generation_id))
        assert ended is not None
        return ended
