"""Two accounts, two faulty upstreams, and a server between them that can be killed at any time."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Self

from sqlalchemy import func, select

from accounts.plans import PlanName
from accounts.principal import Principal
from credits.ledger import LedgerAccount, issue_credits
from database.open import open_database
from generations import repository
from generations.requests.accept import accept_generation
from generations.requests.cancel import cancel
from generations.requests.retry import retry
from kit.errors import ContentViolation, DoitongError, InsufficientCredits, InvalidInput, RateLimited
from tests.support.controllable_upstream import IMAGE_OUTPUT as AN_IMAGE
from tests.support.faulty_upstream import FaultMode, FaultyUpstream
from tests.support.ledger_invariants import check_all_settled, check_ledger
from tests.support.manual_clock import ManualClock
from tests.support.round_trip import round_trip
from tests.support.services import build_services
from tests.support.use_case_harness import PICTURE, UseCaseHarness

TIMEOUT = 20  # seconds of real time for a simulation to settle
IDLE_CHECKS = 6  # consecutive checks at which no job is being processed
MAX_WAITS = 10  # delays until everything has ended, such as those for the callback of a job without a response
REQUESTS = (PICTURE, replace(PICTURE, options={"n": 3}))
BEYOND_DEADLINE = 16 * 60  # seconds; pictures have 15 minutes
BEYOND_RETRY_DELAY = 61  # seconds; a failed job is retried after a minute at most


async def open_harness(url: str, workspace: Path, *upstreams: FaultyUpstream) -> UseCaseHarness:
    """Return use cases on the database at `url`, with these upstreams for live keys."""
    clock = ManualClock()
    services = build_services(await open_database(url), clock, *upstreams, workspace=workspace)
    return UseCaseHarness(services.database, services, clock, upstreams[0], upstreams[-1])


class Simulation:
    """The possible actions, each a coroutine; `settle` waits until no job is being processed."""

    upstream: type[FaultyUpstream] = FaultyUpstream

    def __init__(self, url: str, use_cases: UseCaseHarness, upstreams: tuple[FaultyUpstream, FaultyUpstream]) -> None:
        self.url, self.use_cases, self.upstreams = url, use_cases, upstreams
        self.accounts: list[Principal] = []
        self.owners: dict[str, Principal] = {}
        self.keys: dict[tuple[str, str], str] = {}

    @classmethod
    async def open(cls, url: str, workspace: Path) -> Self:
        first, second = cls.upstream("fal"), cls.upstream("replicate", resubmits_safely=True)
        simulation = cls(url, await open_harness(url, workspace, first, second), (first, second))
        simulation.accounts.append(await simulation.use_cases.create_account(credits=90, plan=PlanName.ENTERPRISE))
        simulation.accounts.append(await simulation.use_cases.create_account(credits=400, plan=PlanName.STARTER))
        return simulation

    async def submit(self, account: int, key: str | None) -> None:
        owner = self.accounts[account]
        try:
            accepted = await accept_generation(
                self.use_cases.services, owner, replace(REQUESTS[account], idempotency_key=key)
            )
        except (InsufficientCredits, RateLimited):
            return
        self.owners[accepted.generation.id] = owner
        if key is not None:
            assert self.keys.setdefault((owner.account_id, key), accepted.generation.id) == accepted.generation.id

    async def cancel(self, pick: int) -> None:
        if self.owners:
            generation_id = self._pick(pick)
            await cancel(self.use_cases.services, self.owners[generation_id], generation_id)

    async def retry(self, pick: int) -> None:
        if not self.owners:
            return
        failed = self._pick(pick)
        owner = self.owners[failed]
        try:
            accepted = await retry(self.use_cases.services, owner, failed)
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

    async def fail(self, pick: int) -> None:
        if self.owners:
            for upstream in self.upstreams:
                upstream.fail(self._pick(pick), ContentViolation("no"))

    async def grant(self, account: int, amount: int) -> None:
        ledger_account = LedgerAccount(self.accounts[account].account_id, False)
        at = self.use_cases.clock.now()
        await self.use_cases.database.transact(lambda t: issue_credits(t, ledger_account, amount=amount, at=at))

    async def advance_clock(self, seconds: int) -> None:
        self.use_cases.clock.move(seconds)

    async def set_fault_mode(self, upstream: int, fault_mode: FaultMode) -> None:
        self.upstreams[upstream].fault_mode = fault_mode
        if fault_mode is not FaultMode.HANGS:
            self.upstreams[upstream].release()

    async def run_concurrently(self, *actions: Coroutine[None, None, None]) -> None:
        """Run the actions concurrently, then settle."""
        async with asyncio.TaskGroup() as group:
            for action in actions:
                group.create_task(action)
        await self.settle()

    async def kill_during(self, *actions: Coroutine[None, None, None], after: int) -> None:
        """Kill the server after `after` steps of the event loop, while these actions run, and restart it."""
        requests = tuple(asyncio.create_task(action) for action in actions)
        for _ in range(after):
            await asyncio.sleep(0)
        await self.use_cases.reopen(self.url, requests=requests)
        for request in requests:
            if not request.cancelled() and (error := request.exception()) is not None:
                assert isinstance(error, DoitongError), error
        await self.settle()

    async def settle(self) -> None:
        """Wait until no job is being processed, except for hanging upstream calls."""
        idle = 0
        async with asyncio.timeout(TIMEOUT):
            while idle < IDLE_CHECKS:
                await round_trip(self.use_cases.database)
                hanging = set().union(*(upstream.hanging_jobs for upstream in self.upstreams))
                idle = idle + 1 if self.use_cases.queue.running_steps <= hanging else 0

    async def check(self) -> None:
        """Assert the invariants."""
        await self.use_cases.database.read(check_ledger)
        ids = await self.use_cases.database.read(
            lambda connection: set(connection.execute(select(repository.generation.c.id)).scalars())
        )
        assert set(self.owners) <= ids, "an accepted generation is missing"
        first, second = self.upstreams
        for generation_id in ids:
            assert first.submissions[generation_id] + min(1, second.submissions[generation_id]) <= 1, "submitted twice"

    async def count_overdue(self) -> int:
        """Return the number of unfinished generations past their deadline."""
        row = repository.generation.c
        overdue = select(func.count()).where(row.stage != "DONE", row.deadline_at < self.use_cases.clock.now())
        return int(await self.use_cases.database.read(lambda connection: connection.execute(overdue).scalar_one()))

    async def close(self) -> None:
        """Let all generations end, and assert that they do."""
        for upstream in self.upstreams:
            upstream.fault_mode = FaultMode.NORMAL
            upstream.release()
        await self.use_cases.reopen(self.url)
        await self.settle()
        active = await self.use_cases.database.read(repository.unfinished_ids)
        for upstream in self.upstreams:
            for generation_id in active:
                upstream.finish(generation_id)
        for _ in range(MAX_WAITS):
            self.use_cases.clock.move(BEYOND_RETRY_DELAY)
            await self.settle()
            if not await self.use_cases.database.read(repository.unfinished_ids):
                break
        await self.check()
        await self.use_cases.database.read(check_all_settled)

    async def abort(self) -> None:
        """Stop without waiting."""
        await self.use_cases.kill()
        await self.use_cases.database.close()

    def _pick(self, pick: int) -> str:
        accepted = list(self.owners)
        return accepted[-1 - pick % len(accepted)]
