"""The use cases with a database, a manual clock and controllable upstreams."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest

from accounts.creation import create_account
from accounts.plans import PlanName
from accounts.principal import DEFAULT_SCOPES, Principal
from credits.ledger import Balance, LedgerAccount, balance_of, issue_credits, open_ledger_account
from database.open import open_database
from database.transaction import Database, Transaction
from generations import repository
from generations.execution.advance import advance
from generations.execution.concurrency import ConcurrencyLimits
from generations.execution.dependents import Dependents
from generations.execution.queue import WorkerQueue
from generations.generation import Generation
from generations.queries import follow
from generations.requests.accept import accept_generation
from generations.requests.generation_request import GenerationRequest
from generations.services import Services
from kit.pubsub import Hub
from providers.backend import GenerationType
from providers.health import HealthMonitor
from tests.support.controllable_upstream import ControllableUpstream
from tests.support.manual_clock import ManualClock
from tests.support.queues import Embedded, QueueKind
from tests.support.services import build_services

TIMEOUT = 10  # seconds of real time
IDLE_CHECKS = 4  # consecutive checks at which no job is being processed
PICTURE = GenerationRequest(type=GenerationType.IMAGE, provider="flux-pro", input={"text": "a fox"})
PICTURE_COST = 20


@dataclass
class UseCaseHarness:
    """Services, the queue that works on generations, and two upstreams for live keys."""

    database: Database
    services: Services
    clock: ManualClock
    upstream: ControllableUpstream
    other: ControllableUpstream
    kind: QueueKind = field(default_factory=Embedded)
    queue: WorkerQueue = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start a queue, as a server does at startup."""
        self.queue = self.kind.open(self.database, self.clock, self.services.database)
        self.services = replace(
            self.services,
            queue=self.queue,
            hub=Hub[Generation](),
            concurrency=ConcurrencyLimits(),
            health=HealthMonitor(),
            dependents=Dependents(),
        )
        self.upstream.wake = self.other.wake = self.queue.wake
        self.queue.start_consuming(partial(advance, self.services), ())

    async def kill(self) -> None:
        """Stop all work without saving anything, as SIGKILL does."""
        await self.queue.close()

    async def start_worker(self) -> None:
        """Enqueue the unfinished generations, and take work again after `kill`."""
        await self.kind.take_over(self.database)
        unfinished = await self.database.read(repository.unfinished_ids)
        if self.queue.is_consuming:
            self.queue.enqueue_missing(unfinished)
        else:
            self.queue.start_consuming(partial(advance, self.services), unfinished)

    async def settle(self, hanging: Callable[[], set[str]] = set[str]) -> None:
        """Wait until no job is being processed, apart from those of the generations that `hanging` returns."""
        idle = 0
        async with asyncio.timeout(TIMEOUT):
            while idle < IDLE_CHECKS:
                is_settled = await self.kind.is_settled(self.database, self.queue, hanging())
                idle = idle + 1 if is_settled else 0

    async def move(self, seconds: float) -> None:
        """Advance the time."""
        self.clock.move(seconds)
        await self.kind.move(self.database, seconds)

    async def restart(self) -> None:
        await self.kill()
        self.start()
        await self.start_worker()

    async def reopen(self, url: str, *, requests: tuple[asyncio.Task[None], ...] = ()) -> None:
        """Cancel the requests, kill the server, and start another on the database at `url`."""
        for request in requests:
            request.cancel()
        await self.kill()
        await asyncio.gather(*requests, return_exceptions=True)
        await self.database.close()
        self.database = await open_database(url)
        self.services = replace(self.services, database=self.database)
        self.start()
        await self.start_worker()

    async def create_account(self, *, credits: int = 1000, plan: PlanName = PlanName.ENTERPRISE) -> Principal:
        def create(transaction: Transaction) -> str:
            account_id = create_account(transaction, name="a", plan=plan, at=self.clock.now())
            open_ledger_account(transaction, LedgerAccount(account_id, False))
            if credits:
                issue_credits(transaction, LedgerAccount(account_id, False), amount=credits, at=self.clock.now())
            return account_id

        account_id = await self.database.transact(create)
        return Principal(account_id, "key_test", plan, False, frozenset(DEFAULT_SCOPES))

    async def accept(self, principal: Principal, request: GenerationRequest = PICTURE) -> Generation:
        return (await accept_generation(self.services, principal, request)).generation

    async def balance(self, principal: Principal) -> Balance:
        return await self.database.read(
            lambda connection: balance_of(connection, LedgerAccount(principal.account_id, False))
        )

    async def until(
        self, principal: Principal, generation_id: str, reached: Callable[[Generation], bool]
    ) -> Generation:
        """Return the first state, starting with the current one, for which `reached` is true."""
        async with asyncio.timeout(TIMEOUT):
            async for state in follow(self.services, principal, generation_id, after=None):
                if reached(state):
                    return state
        raise AssertionError(f"{generation_id} ended without reaching the state")

    async def wait_until_inactive(self, generation_id: str) -> Generation:
        """Return the row after its last processing step."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                row = await self.database.read(lambda connection: repository.load(connection, generation_id))
                assert row is not None
                if not row.has_pending_work:
                    return row


@asynccontextmanager
async def open_use_cases(
    database: Database, directory: Path, kind: QueueKind | None = None
) -> AsyncIterator[UseCaseHarness]:
    """Run the use cases on a database, with a queue in memory unless another `kind` is given."""
    clock = ManualClock()
    upstream, other = ControllableUpstream("fal"), ControllableUpstream("replicate")
    services = build_services(database, clock, upstream, other, workspace=directory / "inputs")
    harness = UseCaseHarness(database, services, clock, upstream, other, kind=kind or Embedded())
    yield harness
    await harness.kill()


@pytest.fixture
async def use_cases(database: Database, tmp_path: Path) -> AsyncIterator[UseCaseHarness]:
    async with open_use_cases(database, tmp_path) as harness:
        yield harness
