"""One generation with one injected fault, and the invariants that must hold afterwards."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from accounts.principal import Principal
from database.open import open_database
from generations import repository
from generations.execution.callbacks import CallbackAddress, receive_callback
from generations.execution.wake_throttle import WakeThrottle
from generations.generation import Generation, Status
from generations.requests.accept import accept_generation
from generations.requests.cancel import cancel
from generations.services import Services
from kit.errors import ContentViolation, DoitongError
from providers.backend import BackendState, Snapshot
from tests.support.controllable_upstream import IMAGE_OUTPUT
from tests.support.fault_injection import Fault, FaultInjector, FaultyDatabase, FaultyLibrary, ScriptedUpstream
from tests.support.ledger_invariants import check_all_settled, check_ledger
from tests.support.manual_clock import ManualClock
from tests.support.queues import Embedded, QueueKind
from tests.support.services import build_services
from tests.support.use_case_harness import PICTURE, UseCaseHarness

REQUEST = replace(PICTURE, idempotency_key="order-1")
RETRY_SECONDS = 61  # a failed job is retried after a minute at most
MAX_RETRIES = 10
LOAD = "load the job"
RUNNING = Snapshot(BackendState.RUNNING, progress=50, poll_after=timedelta(seconds=1))
SUCCEEDED = Snapshot(BackendState.SUCCEEDED, progress=100, outputs=(IMAGE_OUTPUT,))
FAILED = Snapshot(BackendState.FAILED, error=ContentViolation("no"))


@dataclass(frozen=True, slots=True)
class Scenario:
    """The course of a generation without faults, and every external call on the way."""

    name: str
    script: tuple[Snapshot, ...]
    final_status: Status
    calls: Mapping[str, str]
    """The purpose of each external call, by its name and number."""
    indeterminate_points: frozenset[str]
    """Fault points at which it is unknown whether the job was submitted, so that the generation may fail."""
    refusal: DoitongError | None = None
    is_cancelled: bool = False
    is_called_back: bool = False

    def with_embedded_queue(self) -> "Scenario":
        """Return the scenario in one process, where the first step does not load what was just accepted."""
        names, counts = dict[str, str](), Counter[str]()
        for name, purpose in self.calls.items():
            if purpose != LOAD:
                kind = name.partition(" ")[0]
                counts[kind] += 1
                names[name] = f"{kind} {counts[kind]}"
        indeterminate = {f"{names[name]} {edge}" for name, edge in map(_split, self.indeterminate_points)}
        calls = {new: self.calls[name] for name, new in names.items()}
        return replace(self, calls=calls, indeterminate_points=frozenset(indeterminate))

    @property
    def fault_points(self) -> list[str]:
        """The points before and after each call."""
        return [f"{call} {edge}" for call in self.calls for edge in ("begins", "ended")]


def _split(point: str) -> tuple[str, str]:
    """Return the call and the edge of a fault point."""
    name, _, edge = point.rpartition(" ")
    return name, edge


class CrashTrial:
    """A client and a server with a fault injector."""

    def __init__(self, scenario: Scenario, url: str, use_cases: UseCaseHarness, injector: FaultInjector) -> None:
        self.scenario, self.url, self.use_cases, self.injector = scenario, url, use_cases, injector
        self._was_restarted = False
        self._callback_received = False

    @classmethod
    async def open(
        cls, scenario: Scenario, url: str, workspace: Path, injector: FaultInjector, *, queue: QueueKind | None = None
    ) -> "CrashTrial":
        clock, database = ManualClock(), await open_database(url)
        first, second = (ScriptedUpstream(name, injector, *scenario.script) for name in ("fal", "replicate"))
        first.refusal = scenario.refusal
        services = build_services(
            FaultyDatabase(database, injector),
            clock,
            first,
            second,
            workspace=workspace,
            library=FaultyLibrary(injector),
        )
        use_cases = UseCaseHarness(database, services, clock, first, second, kind=queue or Embedded())
        return cls(scenario, url, use_cases, injector)

    async def run(self) -> Generation:
        """Run the scenario with its fault until the generation is settled, and return the generation."""
        owner = await self.use_cases.create_account(credits=100)
        try:
            await self._request(accept_generation(self.use_cases.services, owner, REQUEST))
            await self._settle()
            if self.scenario.is_cancelled:
                await self._request(self._cancel_all(self.use_cases.services, owner))
                await self._settle()
            if self.scenario.is_called_back:
                await self._request(self._deliver_callbacks(self.use_cases.services, owner))
                await self._settle()
            await self._restart_if_crashed()
            # A client that got an error or no response repeats its request.
            again = await accept_generation(self._healthy_services, owner, REQUEST)
            if self.scenario.is_cancelled:
                await self._cancel_all(self._healthy_services, owner)
            if self.scenario.is_called_back and not self._callback_received:
                await self._deliver_callbacks(self._healthy_services, owner)
            await self._advance_until_settled()
            return await self._check_outcome(owner, again.generation.id)
        finally:
            await self.use_cases.kill()
            await self.use_cases.database.close()

    @property
    def _healthy_services(self) -> Services:
        return replace(self.use_cases.services, database=self.use_cases.database)

    @property
    def _has_crashed(self) -> bool:
        return self.injector.fault is Fault.CRASHES and self.injector.triggered.is_set() and not self._was_restarted

    async def _request(self, request: Coroutine[None, None, object]) -> None:
        """Send a request whose client ignores connection errors, and disconnects when the server crashes."""
        request_task, crash = asyncio.ensure_future(request), asyncio.ensure_future(self.injector.triggered.wait())
        await asyncio.wait((request_task, crash), return_when=asyncio.FIRST_COMPLETED)
        if self._has_crashed:
            await self._settle()
            request_task.cancel()
        crash.cancel()
        for outcome in await asyncio.gather(request_task, crash, return_exceptions=True):
            if not isinstance(outcome, ConnectionError | asyncio.CancelledError) and isinstance(outcome, Exception):
                raise outcome

    async def _advance_until_settled(self) -> None:
        """Advance the clock until no generation is active and the queue is empty."""
        for _ in range(MAX_RETRIES):
            await self._settle()
            await self._restart_if_crashed()
            unfinished = await self.use_cases.database.read(repository.unfinished_ids)
            if not unfinished and await self.use_cases.kind.is_empty(self.use_cases.database):
                return
            await self.use_cases.move(RETRY_SECONDS)
        raise AssertionError(f"the generation is still active, or in the queue, after {MAX_RETRIES} retries")

    async def _restart_if_crashed(self) -> None:
        if self._has_crashed:
            await self.use_cases.reopen(self.url)
            self._was_restarted = True

    async def _cancel_all(self, services: Services, owner: Principal) -> None:
        for generation_id in await self._generation_ids(owner):
            await cancel(services, owner, generation_id)

    async def _deliver_callbacks(self, services: Services, owner: Principal) -> None:
        """Deliver a success callback for every generation, as an upstream does until it gets a response."""
        wake_throttle = WakeThrottle(services.queue.wake, services.clock)
        for generation_id in await self._generation_ids(owner):
            address = CallbackAddress("fal", generation_id, "not checked here")
            await receive_callback(services, wake_throttle, address, headers={}, body=b"")
            self._callback_received = True

    async def _generation_ids(self, owner: Principal) -> Sequence[str]:
        mine = select(repository.generation.c.id).where(repository.generation.c.account_id == owner.account_id)
        return await self.use_cases.database.read(lambda c: c.execute(mine).scalars().all())

    async def _settle(self) -> None:
        await self.use_cases.settle(lambda: self.injector.hanging if self._has_crashed else set())

    async def _check_outcome(self, owner: Principal, generation_id: str) -> Generation:
        await self.use_cases.database.read(check_ledger)
        await self.use_cases.database.read(check_all_settled)
        mine = select(repository.generation.c.id).where(repository.generation.c.account_id == owner.account_id)
        assert await self.use_cases.database.read(lambda c: list(c.execute(mine).scalars())) == [generation_id]
        submissions = (
            self.use_cases.upstream.submissions[generation_id] + self.use_cases.other.submissions[generation_id]
        )
        assert submissions <= 1, "submitted twice"
        ended = await self.use_cases.database.read(lambda connection: repository.load(connection, generation_id))
        assert ended is not None
        return ended
