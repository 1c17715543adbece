"""Loading a generation at the beginning of a step, on a database with several workers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast
from uuid import UUID, uuid4

import pytest

from accounts.creation import create_account
from accounts.plans import PlanName
from accounts.principal import DEFAULT_SCOPES, Principal
from credits.ledger import LedgerAccount, issue_credits, open_ledger_account
from database.open import open_database
from database.postgresql import PostgreSQL
from database.transaction import Transaction
from generations import repository
from generations.execution.owned_generations import OwnedGenerations
from generations.execution.postgresql_queue import PostgreSQLQueue
from generations.execution.step_context import StepContext
from generations.execution.steps import Step, Superseded
from generations.generation import Generation
from generations.requests.accept import accept_generation
from generations.services import Services
from kit.clock import SystemClock
from kit.errors import GenerationFailed
from tests.support.controllable_upstream import ControllableUpstream
from tests.support.postgres import PostgresDatabases
from tests.support.services import build_services
from tests.support.use_case_harness import PICTURE

pytestmark = pytest.mark.anyio

TIMEOUT = 30  # seconds
OUTDATE = "UPDATE doitong_queue SET heartbeat = now() - interval '1 minute'"
DAMAGE = """UPDATE generation SET outputs = '[{"unknown": 1}]' WHERE id = $1"""
TAKE = "UPDATE doitong_queue SET status = 'picked', queue_manager_id = $1"


@dataclass(frozen=True, slots=True)
class AcceptedGeneration:
    """A generation whose queue entry `take` gives to workers, none of which runs a step."""

    services: Services
    loads: OwnedGenerations
    owner: Principal
    id: str

    async def take(self) -> UUID:
        """Give the entry to a new worker, and return the worker's id."""
        manager_id = uuid4()
        database = self.services.database
        await database.transact(lambda t: t.connection.exec_driver_sql(TAKE, (manager_id,)) and None)
        return manager_id

    async def stored(self) -> Generation:
        found = await self.services.database.read(partial(repository.load, generation_id=self.id))
        assert found is not None
        return found


@pytest.fixture
async def accepted(
    postgres_databases: PostgresDatabases, migrated_postgres: str, tmp_path: Path
) -> AsyncIterator[AcceptedGeneration]:
    database, clock = await open_database(postgres_databases.create(template=migrated_postgres)), SystemClock()
    assert isinstance(database, PostgreSQL)
    queue = PostgreSQLQueue(database, clock)
    services = replace(build_services(database, clock, ControllableUpstream(), workspace=tmp_path), queue=queue)
    owner = await database.transact(create_owner)
    accepted = await accept_generation(services, owner, PICTURE)
    yield AcceptedGeneration(services, OwnedGenerations(database), owner, accepted.generation.id)
    await database.close()


def create_owner(transaction: Transaction) -> Principal:
    now = SystemClock().now()
    account_id = create_account(transaction, name="a", plan=PlanName.PRO, at=now)
    ledger_account = LedgerAccount(account_id, test_mode=False)
    open_ledger_account(transaction, ledger_account)
    issue_credits(transaction, ledger_account, amount=1_000, at=now)
    return Principal(account_id, "key", PlanName.PRO, False, frozenset(DEFAULT_SCOPES))


async def test_a_worker_with_the_entry_loads_the_generation_as_it_is(accepted: AcceptedGeneration) -> None:
    loaded = await accepted.loads.load(accepted.id, await accepted.take())

    assert loaded == await accepted.stored()


async def test_a_worker_without_the_entry_is_superseded(accepted: AcceptedGeneration) -> None:
    earlier = await accepted.take()
    await accepted.take()

    for load in (accepted.loads.load, accepted.loads.take_over):
        with pytest.raises(Superseded):
            await load(accepted.id, earlier)


async def test_a_released_entry_belongs_to_no_worker(accepted: AcceptedGeneration) -> None:
    with pytest.raises(Superseded):
        await accepted.loads.load(accepted.id, None)


async def test_after_a_take_over_the_step_of_the_previous_worker_writes_nothing(accepted: AcceptedGeneration) -> None:
    loaded = await accepted.loads.load(accepted.id, await accepted.take())
    assert loaded is not None
    step = Step(accepted.services, loaded, StepContext())

    taken = await accepted.loads.take_over(accepted.id, await accepted.take())

    with pytest.raises(Superseded):
        await step.fail(GenerationFailed("late"))
    assert taken == await accepted.stored()
    assert taken is not None
    assert taken.fencing_token > loaded.fencing_token


@pytest.mark.parametrize("is_stale", [True, False])
async def test_only_an_entry_that_its_worker_did_not_release_is_taken_over(
    accepted: AcceptedGeneration, *, is_stale: bool
) -> None:
    before = await accepted.stored()
    if is_stale:
        await accepted.take()
        await accepted.services.database.transact(lambda t: t.connection.exec_driver_sql(OUTDATE) and None)
    loaded: asyncio.Queue[Generation | None] = asyncio.Queue()

    async def load(_: str, context: StepContext) -> None:
        assert context.load is not None
        for _step in range(2):
            loaded.put_nowait(await context.load())

    queue = cast(PostgreSQLQueue, accepted.services.queue)
    queue.start_consuming(load, [])
    async with asyncio.timeout(TIMEOUT):
        first, second = await loaded.get(), await loaded.get()
    await queue.close()

    assert first is not None
    assert first.fencing_token == before.fencing_token + is_stale
    assert second == first


async def test_a_deleted_generation_is_none(accepted: AcceptedGeneration) -> None:
    manager_id = await accepted.take()
    await accepted.services.database.transact(
        lambda t: t.connection.exec_driver_sql("UPDATE doitong_queue SET dedupe_key = 'gen_0'") and None
    )

    assert await accepted.loads.load("gen_0", manager_id) is None


async def test_a_row_that_cannot_be_decoded_fails_its_own_step_alone(accepted: AcceptedGeneration) -> None:
    other = await accept_generation(accepted.services, accepted.owner, PICTURE)
    manager_id = await accepted.take()
    await accepted.services.database.transact(
        lambda t: t.connection.exec_driver_sql(DAMAGE, (other.generation.id,)) and None
    )

    loaded, failed = await asyncio.gather(
        accepted.loads.load(accepted.id, manager_id),
        accepted.loads.load(other.generation.id, manager_id),
        return_exceptions=True,
    )

    assert loaded == await accepted.stored()
    assert isinstance(failed, Exception)
