"""The declared limit of an upstream, kept by two workers with one database."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from accounts.creation import create_account
from accounts.plans import PlanName
from accounts.principal import DEFAULT_SCOPES, Principal
from credits.ledger import LedgerAccount, issue_credits, open_ledger_account
from database.open import open_database
from database.postgresql import PostgreSQL
from database.transaction import Transaction
from generations import repository
from generations.execution.advance import advance
from generations.execution.postgresql_queue import PostgreSQLQueue
from generations.generation import Generation
from generations.requests.accept import accept_generation
from generations.requests.cancel import cancel
from generations.requests.generation_request import GenerationRequest
from generations.services import Services
from kit.clock import SystemClock
from kit.errors import DoitongError, ErrorCode, InvalidInput, ProviderUnavailable
from providers.backend import GenerationType, Job, UpstreamBusy
from tests.support.controllable_upstream import ControllableUpstream
from tests.support.postgres import PostgresDatabases
from tests.support.services import build_services

pytestmark = pytest.mark.anyio

LIMIT = 5
GENERATIONS = 12
TIMEOUT = 60  # seconds
WAITING = "SELECT generation_id FROM slot_wait ORDER BY generation_id"


@dataclass(frozen=True, slots=True)
class Workers:
    """Two processes, their first upstream, which takes `LIMIT` jobs, a second one, and an account."""

    services: tuple[Services, Services]
    upstream: ControllableUpstream
    second: ControllableUpstream
    owner: Principal

    async def accept(self, number: int) -> str:
        """Accept a generation in one of the processes."""
        request = GenerationRequest(type=GenerationType.IMAGE, provider="flux-pro", input={"text": f"fox {number}"})
        return (await accept_generation(self.services[number % 2], self.owner, request)).generation.id

    async def accept_all(self) -> list[str]:
        """Accept all generations, and wait until each is submitted or waits for a slot. Return the ids in order."""
        accepted = sorted(await asyncio.gather(*(self.accept(number) for number in range(GENERATIONS))))
        await self.until_waiting(set(accepted), GENERATIONS - LIMIT)
        return accepted

    async def until_waiting(self, accepted: Collection[str], count: int) -> set[str]:
        """Wait until that many of the generations have no slot, and the others were submitted; return the former."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                waiting = await self.waiting()
                if len(waiting) == count and waiting | set(self.upstream.submissions) >= set(accepted):
                    return waiting

    async def waiting(self) -> set[str]:
        return await self.services[0].database.read(
            lambda connection: set(connection.exec_driver_sql(WAITING).scalars().all())
        )

    async def unfinished(self) -> set[str]:
        return set(await self.services[0].database.read(repository.unfinished_ids))

    async def load(self, generation_id: str) -> Generation:
        found = await self.services[0].database.read(partial(repository.load, generation_id=generation_id))
        assert found is not None
        return found


@asynccontextmanager
async def worker(url: str, *upstreams: ControllableUpstream, workspace: Path) -> AsyncIterator[Services]:
    database, clock = await open_database(url), SystemClock()
    assert isinstance(database, PostgreSQL)
    queue = PostgreSQLQueue(database, clock)
    services = replace(build_services(database, clock, *upstreams, workspace=workspace), queue=queue)
    queue.start_consuming(partial(advance, services), ())
    try:
        yield services
    finally:
        await queue.close()
        await database.close()


@pytest.fixture
async def workers(
    postgres_databases: PostgresDatabases, migrated_postgres: str, tmp_path: Path
) -> AsyncIterator[Workers]:
    url = postgres_databases.create(template=migrated_postgres)
    upstream = ControllableUpstream()
    upstream.max_concurrent_jobs = LIMIT
    second = ControllableUpstream("replicate")
    workers = [worker(url, upstream, second, workspace=tmp_path) for _ in range(2)]
    async with workers[0] as one, workers[1] as other:
        upstream.wake = one.queue.wake
        account_id = await one.database.transact(create_owner)
        owner = Principal(account_id, "key", PlanName.ENTERPRISE, False, frozenset(DEFAULT_SCOPES))
        yield Workers((one, other), upstream, second, owner)


def create_owner(transaction: Transaction) -> str:
    now = SystemClock().now()
    account_id = create_account(transaction, name="a", plan=PlanName.ENTERPRISE, at=now)
    ledger_account = LedgerAccount(account_id, test_mode=False)
    open_ledger_account(transaction, ledger_account)
    issue_credits(transaction, ledger_account, amount=1_000_000, at=now)
    return account_id


async def test_all_workers_together_keep_the_limit_of_an_upstream(workers: Workers) -> None:
    accepted = await workers.accept_all()

    ended: set[str] = set()
    while len(ended) < GENERATIONS:
        submitted = set(workers.upstream.submissions)
        assert len(submitted - ended) <= LIMIT
        one = min(submitted - ended)
        workers.upstream.finish(one)
        ended.add(one)
        async with asyncio.timeout(TIMEOUT):
            await workers.upstream.wait_for_submissions(min(GENERATIONS, len(ended) + LIMIT))

    async with asyncio.timeout(TIMEOUT):
        while await workers.unfinished():
            pass
    assert workers.upstream.submissions == dict.fromkeys(accepted, 1)
    assert await workers.waiting() == set()


async def test_a_cancelled_job_gives_its_slot_to_one_that_waits(workers: Workers) -> None:
    accepted = await workers.accept_all()
    one = next(iter(workers.upstream.submissions))

    await cancel(workers.services[0], workers.owner, one)

    async with asyncio.timeout(TIMEOUT):
        await workers.upstream.wait_for_submissions(LIMIT + 1)
    assert workers.upstream.cancelled == {one: 1}
    assert len(await workers.until_waiting(accepted, GENERATIONS - LIMIT - 1)) == GENERATIONS - LIMIT - 1


async def test_a_generation_that_is_cancelled_while_it_waits_waits_no_longer(workers: Workers) -> None:
    accepted = await workers.accept_all()
    one = min(await workers.waiting())

    await cancel(workers.services[0], workers.owner, one)

    waiting = await workers.until_waiting(set(accepted) - {one}, GENERATIONS - LIMIT - 1)
    assert one not in waiting


async def test_a_refused_submission_gives_its_slot_to_one_that_waits(workers: Workers) -> None:
    await workers.accept_all()
    waiting = await workers.waiting()
    workers.upstream.refuses = lambda _: InvalidInput("no", field="input.text")

    workers.upstream.finish(next(iter(workers.upstream.submissions)))

    async with asyncio.timeout(TIMEOUT):
        while waiting & await workers.unfinished():
            pass
    errors = [(await workers.load(one)).error for one in waiting]
    assert {error and error.code for error in errors} == {ErrorCode.INVALID_INPUT}
    assert workers.upstream.submissions.total() == LIMIT


async def test_a_job_that_another_upstream_takes_gives_its_slot_to_one_that_waits(workers: Workers) -> None:
    await workers.accept_all()
    refused: list[str] = []

    def refuse_first(job: Job) -> DoitongError | None:
        if refused:
            return None
        refused.append(job.id)
        return ProviderUnavailable("down")

    workers.upstream.refuses = refuse_first

    workers.upstream.finish(next(iter(workers.upstream.submissions)))

    async with asyncio.timeout(TIMEOUT):
        await workers.upstream.wait_for_submissions(LIMIT + 1)
        await workers.second.wait_for_submissions(1)
    assert workers.second.submissions == dict.fromkeys(refused, 1)


async def test_a_job_that_its_upstream_is_too_busy_for_gives_its_slot_to_one_that_waits(workers: Workers) -> None:
    accepted = await workers.accept_all()
    workers.upstream.busy = [UpstreamBusy("busy", retry_after=timedelta())]

    workers.upstream.finish(next(iter(workers.upstream.submissions)))

    async with asyncio.timeout(TIMEOUT):
        await workers.upstream.wait_for_submissions(LIMIT + 1)
    assert workers.second.submissions.total() == 1
    assert workers.upstream.submissions.keys() | workers.second.submissions.keys() < set(accepted)
