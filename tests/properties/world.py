"""Two accounts, two moody upstreams and a server between them that can be killed at any moment."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Self

from sqlalchemy import func, select

from accounts.keys import Principal
from accounts.plans import PlanName
from credits.ledger import Book, issue_credits
from database.open import open_database
from generations import repository
from generations.execution.queue import EmbeddedQueue
from generations.requests.cancel import cancel
from generations.requests.retry import retry
from generations.requests.submit import submit
from generations.services import Services
from kit.errors import ContentViolation, DoitongError, InsufficientCredits, InvalidInput, RateLimited
from kit.events import Hub
from kit.outbound import validate_url
from providers.catalogue import load_catalogue
from providers.registry import Backends
from tests.fixtures.clock import ManualClock
from tests.fixtures.heart import PICTURE, FakeLibrary, UseCaseHarness
from tests.fixtures.upstream import PICTURE as AN_IMAGE
from tests.properties.books import check_books, check_nothing_runs
from tests.properties.hostile import Mood, MoodyUpstream
from webhooks.outbox import Outbox

PATIENCE = 20  # seconds of real time before a world that does not come to rest is given up
CALM = 6  # looks in a row at which nothing was at work
ORDERS = (PICTURE, replace(PICTURE, options={"n": 3}))
LONGER_THAN_A_DEADLINE = 16 * 60  # seconds; pictures have 15 minutes
LONGER_THAN_A_PAUSE = 61  # seconds; a job that broke is run again after a minute at the latest


async def open_heart(url: str, workspace: Path, *upstreams: MoodyUpstream) -> UseCaseHarness:
    """A heart on `url` with these upstreams for live keys."""
    clock = ManualClock()
    services = Services(
        database=await open_database(url),
        clock=clock,
        catalogue=load_catalogue(),
        backends=Backends(live={upstream.name: upstream for upstream in upstreams}, test=upstreams[0]),
        queue=EmbeddedQueue(clock),
        hub=Hub(),
        outbox=Outbox(validate_url),
        library=FakeLibrary(),
        workspace=workspace,
        secret=b"a secret of the tests",
    )
    return UseCaseHarness(services.database, services, clock, upstreams[0], upstreams[-1])


async def restart(heart: UseCaseHarness, url: str, *, requests: tuple[asyncio.Task[None], ...] = ()) -> None:
    """Kill the server with all it does, and start another on the same rows."""
    for request in requests:
        request.cancel()
    await heart.kill()
    await asyncio.gather(*requests, return_exceptions=True)
    await heart.database.close()
    heart.database = await open_database(url)
    heart.services = replace(heart.services, database=heart.database)
    heart.start()
    await heart.resume()


class World:
    """What can happen, each as a coroutine; `settle` waits until nothing more happens by itself."""

    upstream: type[MoodyUpstream] = MoodyUpstream

    def __init__(self, url: str, heart: UseCaseHarness, upstreams: tuple[MoodyUpstream, MoodyUpstream]) -> None:
        self.url, self.heart, self.upstreams = url, heart, upstreams
        self.accounts: list[Principal] = []
        self.owners: dict[str, Principal] = {}
        self.keys: dict[tuple[str, str], str] = {}

    @classmethod
    async def open(cls, url: str, workspace: Path) -> Self:
        first, second = cls.upstream("fal"), cls.upstream("replicate", resubmits_safely=True)
        world = cls(url, await open_heart(url, workspace, first, second), (first, second))
        world.accounts.append(await world.heart.an_account(credits=90, plan=PlanName.ENTERPRISE))
        world.accounts.append(await world.heart.an_account(credits=400, plan=PlanName.STARTER))
        return world

    async def submit(self, account: int, key: str | None) -> None:
        owner = self.accounts[account]
        try:
            accepted = await submit(self.heart.services, owner, replace(ORDERS[account], idempotency_key=key))
        except (InsufficientCredits, RateLimited):
            return
        self.owners[accepted.generation.id] = owner
        if key is not None:
            assert self.keys.setdefault((owner.account_id, key), accepted.generation.id) == accepted.generation.id

    async def cancel(self, pick: int) -> None:
        if self.owners:
            generation_id = self._pick(pick)
            await cancel(self.heart.services, self.owners[generation_id], generation_id)

    async def retry(self, pick: int) -> None:
        if not self.owners:
            return
        failed = self._pick(pick)
        owner = self.owners[failed]
        try:
            accepted = await retry(self.heart.services, owner, failed)
        except (InvalidInput, InsufficientCredits, RateLimited):
            return
        self.owners[accepted.generation.id] = owner

    async def finish(self, pick: int) -> None:
        if self.owners:
            for upstream in self.upstreams:
                upstream.finish(self._pick(pick))

    async def finish_part(self, pick: int) -> None:
        if self.owners:
            for upstream in self.upstreams:
                upstream.finish(self._pick(pick), AN_IMAGE, AN_IMAGE)

    async def finish_empty(self, pick: int) -> None:
        if self.owners:
            for upstream in self.upstreams:
                upstream.finish_empty(self._pick(pick))

    async def run(self, pick: int) -> None:
        if self.owners:
            for upstream in self.upstreams:
                upstream.run(self._pick(pick))

    async def break_off(self, pick: int) -> None:
        if self.owners:
            for upstream in self.upstreams:
                upstream.break_off(self._pick(pick), ContentViolation("no"))

    async def grant(self, account: int, amount: int) -> None:
        book = Book(self.accounts[account].account_id, False)
        at = self.heart.clock.now()
        await self.heart.database.transact(lambda t: issue_credits(t, book, amount=amount, at=at))

    async def pass_time(self, seconds: int) -> None:
        self.heart.clock.move(seconds)

    async def change_mood(self, upstream: int, mood: Mood) -> None:
        self.upstreams[upstream].mood = mood
        if mood is not Mood.HANGS:
            self.upstreams[upstream].release()

    async def together(self, *happenings: Coroutine[None, None, None]) -> None:
        """Everything at once, and then rest."""
        async with asyncio.TaskGroup() as group:
            for happening in happenings:
                group.create_task(happening)
        await self.settle()

    async def kill_during(self, *happenings: Coroutine[None, None, None], after: int) -> None:
        """A kill when these have just begun: their clients are never answered."""
        requests = tuple(asyncio.create_task(happening) for happening in happenings)
        for _ in range(after):
            await asyncio.sleep(0)
        await restart(self.heart, self.url, requests=requests)
        for request in requests:
            if not request.cancelled() and (error := request.exception()) is not None:
                assert isinstance(error, DoitongError), error
        await self.settle()

    async def settle(self) -> None:
        """Wait until every job waits for its alarm or hangs upstream."""
        calm = 0
        async with asyncio.timeout(PATIENCE):
            while calm < CALM:
                await self.heart.database.read(lambda _: None)
                hanging = set().union(*(upstream.holding for upstream in self.upstreams))
                calm = calm + 1 if self.heart.queue.at_work <= hanging else 0

    async def check(self) -> None:
        """Assert what is always true."""
        await self.heart.database.read(check_books)
        ids = await self.heart.database.read(
            lambda connection: set(connection.execute(select(repository.generation.c.id)).scalars())
        )
        assert set(self.owners) <= ids, "what was accepted is there"
        first, second = self.upstreams
        for generation_id in ids:
            assert first.bought[generation_id] + min(1, second.bought[generation_id]) <= 1, "nothing is bought twice"

    async def count_overdue(self) -> int:
        """How many run on past their deadline."""
        row = repository.generation.c
        overdue = select(func.count()).where(row.stage != "DONE", row.deadline_at < self.heart.clock.now())
        return int(await self.heart.database.read(lambda connection: connection.execute(overdue).scalar_one()))

    async def close(self) -> None:
        """Let everything come to its end, and assert that it does."""
        for upstream in self.upstreams:
            upstream.mood = Mood.OBLIGING
            upstream.release()
        await restart(self.heart, self.url)
        await self.settle()
        active = await self.heart.database.read(repository.active_ids)
        for upstream in self.upstreams:
            for generation_id in active:
                upstream.finish(generation_id)
        self.heart.clock.move(LONGER_THAN_A_PAUSE)
        await self.settle()
        await self.check()
        await self.heart.database.read(check_nothing_runs)

    async def abandon(self) -> None:
        """Stop, whatever is going on."""
        await self.heart.kill()
        await self.heart.database.close()

    def _pick(self, pick: int) -> str:
        accepted = list(self.owners)
        return accepted[-1 - pick % len(accepted)]
