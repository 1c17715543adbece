"""The queue on PostgreSQL: entries, hand-over between workers, wakes, lost connections and shutdown."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from sqlalchemy import Connection

from database.open import open_database
from database.pool_size import DEFAULT
from database.postgresql import PostgreSQL
from database.transaction import Transaction
from generations.execution.postgresql_queue import BATCH, MAX_KEPT_DELAY, MAX_KEPT_GENERATIONS, PostgreSQLQueue
from generations.execution.queue import StepHandler
from generations.execution.queue_entries import OwnedEntryQueries, QueueDriver
from generations.execution.step_context import StepContext
from generations.execution.steps import Superseded
from kit.clock import SystemClock
from kit.metrics import TAKE_OVERS
from tests.support.delegating_database import DelegatingDatabase
from tests.support.postgres import PostgresDatabases

pytestmark = pytest.mark.anyio

T = TypeVar("T")
TIMEOUT = 30  # seconds
ID = "gen_1"
MANY, POLLED_SOON = 1000, 100
POLL_INTERVAL = timedelta(seconds=1)
LATER = timedelta(hours=1)
ENTRIES = "SELECT dedupe_key, status::text, queue_manager_id FROM doitong_queue ORDER BY dedupe_key"
ABANDON = (
    "UPDATE doitong_queue SET status = 'picked', queue_manager_id = $1, heartbeat = now() - interval '1 minute', "
    "execute_after = now() - interval '1 minute'"
)
BACKDATE = "UPDATE doitong_queue SET execute_after = now() - interval '1 minute' WHERE dedupe_key = 'gen_1'"
TAKEN_AT = "SELECT updated FROM doitong_queue WHERE status = 'picked'"
DEFER = "UPDATE doitong_queue SET execute_after = now() + interval '1 hour'"
DUE = "SELECT count(*) FROM doitong_queue WHERE status = 'queued' AND execute_after <= now()"
OWN_ENTRIES = "SELECT id, queue_manager_id FROM doitong_queue"
BEATEN = "SELECT heartbeat > created + interval '1 ms' AND heartbeat > updated FROM doitong_queue WHERE id = $1"
MORE_THAN_POOL = DEFAULT.kept + DEFAULT.overflow + 5
TAKE_ALL = "UPDATE doitong_queue SET queue_manager_id = $1, heartbeat = now() + interval '1 minute'"
TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"


class Steps:
    """A handler of steps: each waits for `results`, a time, None or an exception, and returns or raises it."""

    def __init__(self) -> None:
        self.started: asyncio.Queue[str] = asyncio.Queue()
        self.results: asyncio.Queue[datetime | Exception | None] = asyncio.Queue()
        self.is_bound_to_process = self.is_superseded = self.waits_for_local_slot = False
        self.context = StepContext()

    async def __call__(self, generation_id: str, context: StepContext) -> datetime | None:
        self.context = context
        self.started.put_nowait(generation_id)
        context.is_bound_to_process, context.is_superseded = self.is_bound_to_process, self.is_superseded
        context.waits_for_local_slot = self.waits_for_local_slot
        result = await self.results.get()
        if isinstance(result, Exception):
            raise result
        return result

    async def next(self) -> str:
        """Return the generation of the next step that starts."""
        async with asyncio.timeout(TIMEOUT):
            return await self.started.get()


class Worker:
    """A process with a queue, and the steps that it runs."""

    def __init__(self, database: PostgreSQL) -> None:
        self.database, self.steps = database, Steps()
        self.queue = PostgreSQLQueue(database, SystemClock())

    def start(self) -> None:
        self.queue.start_consuming(self.steps, [])

    async def enqueue(self, *generation_ids: str) -> None:
        def enqueue(transaction: Transaction) -> None:
            for generation_id in generation_ids:
                self.queue.enqueue(transaction, generation_id)

        await self.database.transact(enqueue)

    async def entries(self) -> list[tuple[Any, ...]]:
        def read(connection: Any) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in connection.exec_driver_sql(ENTRIES)]

        return await self.database.read(read)

    async def taken_at(self) -> datetime:
        """Return when the only entry was taken."""
        return await self.database.read(lambda connection: connection.exec_driver_sql(TAKEN_AT).scalar_one())

    async def due_entries(self) -> int:
        """Return how many entries wait to be taken."""
        return await self.database.read(lambda connection: connection.exec_driver_sql(DUE).scalar_one())

    async def entries_become(self, condition: Callable[[list[tuple[Any, ...]]], bool]) -> None:
        async with asyncio.timeout(TIMEOUT):
            while not condition(await self.entries()):
                pass

    async def abandon_entries(self) -> None:
        """Give all entries to a worker that is gone."""
        await self.database.transact(lambda t: t.connection.exec_driver_sql(ABANDON, (uuid4(),)) and None)

    async def lose_entries(self) -> UUID:
        """Give all entries to another worker, which is alive, and return that worker's id."""
        new_owner = uuid4()
        await self.database.transact(lambda t: t.connection.exec_driver_sql(TAKE_ALL, (new_owner,)) and None)
        return new_owner


@pytest.fixture
def database_url(postgres_databases: PostgresDatabases, migrated_postgres: str) -> str:
    return postgres_databases.create(template=migrated_postgres)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Worker]:
    database = await open_database(url)
    assert isinstance(database, PostgreSQL)
    worker = Worker(database)
    try:
        yield worker
    finally:
        for _ in range(10):
            worker.steps.results.put_nowait(None)
        await worker.queue.close()
        await database.close()


@pytest.fixture
async def worker(database_url: str) -> AsyncIterator[Worker]:
    async with opened(database_url) as one:
        yield one


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Worker]:
    async with opened(database_url) as one:
        yield one


async def terminate_connections(database_url: str, postgres_databases: PostgresDatabases) -> None:
    connection = await asyncpg.connect(postgres_databases.url)
    await connection.execute(TERMINATE, urlsplit(database_url).path.removeprefix("/"))
    await connection.close()


def later() -> datetime:
    return SystemClock().now() + LATER


async def test_the_entry_of_a_rolled_back_transaction_is_not_there(worker: Worker) -> None:
    def fail(transaction: Transaction) -> None:
        worker.queue.enqueue(transaction, ID)
        raise LookupError

    with pytest.raises(LookupError):
        await worker.database.transact(fail)

    assert await worker.entries() == []


async def test_a_generation_has_one_entry_until_its_end(worker: Worker) -> None:
    await worker.enqueue(ID, ID)
    await worker.enqueue(ID)
    assert [entry[0] for entry in await worker.entries()] == [ID]

    worker.start()
    assert await worker.steps.next() == ID
    worker.steps.results.put_nowait(None)

    await worker.entries_become(lambda entries: not entries)
    assert worker.steps.started.empty()


async def test_a_worker_adds_missing_entries_of_unfinished_generations(worker: Worker) -> None:
    await worker.enqueue(ID)

    worker.queue.start_consuming(worker.steps, [ID, "gen_2"])

    assert {await worker.steps.next(), await worker.steps.next()} == {ID, "gen_2"}


async def test_what_another_process_enqueues_is_run(worker: Worker, other: Worker) -> None:
    worker.start()

    await other.enqueue(ID)

    assert await worker.steps.next() == ID


async def test_a_step_waits_until_it_is_due_or_woken_by_any_process(worker: Worker, other: Worker) -> None:
    await worker.enqueue(ID)
    worker.start()
    await worker.steps.next()
    worker.steps.results.put_nowait(later())
    await worker.entries_become(lambda entries: entries[0][1] == "queued")

    other.queue.wake(ID)

    assert await worker.steps.next() == ID


async def test_a_committed_transaction_wakes_and_one_that_is_rolled_back_does_not(worker: Worker) -> None:
    await worker.enqueue(ID, "gen_2")
    worker.start()
    assert {await worker.steps.next(), await worker.steps.next()} == {ID, "gen_2"}
    for _ in range(2):
        worker.steps.results.put_nowait(later())
    await worker.entries_become(lambda entries: {entry[1] for entry in entries} == {"queued"})

    def fail(transaction: Transaction) -> None:
        worker.queue.wake_after(transaction, ID)
        raise LookupError

    with pytest.raises(LookupError):
        await worker.database.transact(fail)
    await worker.database.transact(lambda transaction: worker.queue.wake_after(transaction, "gen_2"))

    assert await worker.steps.next() == "gen_2"
    assert worker.steps.started.empty()
    assert (ID, "queued", None) in await worker.entries()


async def test_a_wake_is_stored_with_its_transaction(worker: Worker) -> None:
    """A process that ends just after the commit has woken the generation: no worker needs to hear of it."""
    await worker.enqueue(ID)
    await worker.database.transact(lambda t: t.connection.exec_driver_sql(DEFER) and None)

    await worker.database.transact(lambda transaction: worker.queue.wake_after(transaction, ID))

    assert await worker.due_entries() == 1


async def test_a_wake_in_a_gap_of_listening_reaches_a_step_whose_entry_was_just_given_back(
    worker: Worker, database_url: str, postgres_databases: PostgresDatabases
) -> None:
    await worker.enqueue(ID)
    worker.start()
    await worker.steps.next()
    worker.steps.results.put_nowait(later())
    await worker.entries_become(lambda entries: entries[0][1] == "queued")

    # The statement of a wake that saw the entry as taken changes nothing; its notification is lost with the connection.
    await terminate_connections(database_url, postgres_databases)

    assert await worker.steps.next() == ID


async def test_a_worker_is_ready_while_it_can_take_entries(
    worker: Worker, database_url: str, postgres_databases: PostgresDatabases
) -> None:
    states = [worker.queue.is_consuming]
    worker.start()
    states.append(worker.queue.is_consuming)
    await worker.enqueue(ID)
    await worker.steps.next()
    worker.steps.results.put_nowait(None)

    await terminate_connections(database_url, postgres_databases)
    async with asyncio.timeout(TIMEOUT):
        for expected in (False, True):
            while worker.queue.is_consuming is not expected:
                await asyncio.sleep(0)
            states.append(expected)
    await worker.queue.close()

    assert [*states, worker.queue.is_consuming] == [False, True, False, True, False]


async def test_a_wake_during_a_step_causes_another_step(worker: Worker, other: Worker) -> None:
    await worker.enqueue(ID)
    worker.start()
    await worker.steps.next()

    other.queue.wake(ID)
    other.queue.wake("gen_2")  # has no entry
    worker.steps.results.put_nowait(later())

    assert await worker.steps.next() == ID


async def test_a_failed_step_is_repeated(worker: Worker) -> None:
    await worker.enqueue(ID)
    worker.start()
    await worker.steps.next()

    worker.steps.results.put_nowait(ValueError("broken"))

    assert await worker.steps.next() == ID


async def test_a_step_whose_job_is_in_the_process_stays_there(worker: Worker, other: Worker) -> None:
    worker.steps.is_bound_to_process = True
    await worker.enqueue(ID)
    worker.start()
    await worker.steps.next()
    worker.steps.results.put_nowait(later())
    other.start()

    other.queue.wake(ID)

    assert await worker.steps.next() == ID
    assert other.steps.started.empty()


async def test_a_step_that_waits_for_its_process_stays_there_and_is_due_to_others_at_its_end(
    worker: Worker, other: Worker
) -> None:
    worker.steps.waits_for_local_slot = True
    await worker.enqueue(ID)
    worker.start()
    await worker.steps.next()
    taken_at = await worker.taken_at()
    worker.steps.results.put_nowait(later())
    other.start()
    async with asyncio.timeout(TIMEOUT):
        while worker.queue.running_steps:
            await asyncio.sleep(0)

    worker.queue.wake(ID)

    assert await worker.steps.next() == ID
    assert await worker.taken_at() == taken_at
    assert other.steps.started.empty()
    closing = asyncio.create_task(worker.queue.close())
    worker.steps.results.put_nowait(later())
    assert await other.steps.next() == ID
    await closing


async def test_the_entry_of_a_dead_worker_is_taken_over(worker: Worker) -> None:
    before = TAKE_OVERS.series().value
    await worker.enqueue(ID)
    await worker.abandon_entries()

    worker.start()

    assert await worker.steps.next() == ID
    assert TAKE_OVERS.series().value == before + 1


async def test_the_size_of_the_queue_tells_for_how_long_the_oldest_due_entry_has_waited(worker: Worker) -> None:
    empty = await worker.queue.size()
    await worker.enqueue(ID, "gen_2")
    await worker.database.transact(lambda transaction: transaction.connection.exec_driver_sql(BACKDATE))

    size = await worker.queue.size()

    assert (empty.entries, empty.oldest_due_seconds) == (0, 0)
    assert size.entries == 2
    assert 60 <= size.oldest_due_seconds < 60 + TIMEOUT


@pytest.mark.parametrize("is_over", [True, False])
async def test_a_worker_that_lost_its_entry_does_not_change_it(worker: Worker, *, is_over: bool) -> None:
    await worker.enqueue(ID, "gen_2")
    worker.start()
    assert {await worker.steps.next(), await worker.steps.next()} == {ID, "gen_2"}
    [(_, _, own), _] = await worker.entries()
    taken = "UPDATE doitong_queue SET queue_manager_id = $1 WHERE dedupe_key = $2"
    new_owner = uuid4()
    await worker.database.transact(lambda t: t.connection.exec_driver_sql(taken, (new_owner, ID)) and None)

    for _ in range(2):
        worker.steps.results.put_nowait(None if is_over else later())
    await worker.entries_become(lambda entries: own not in [entry[2] for entry in entries])

    assert (ID, "picked", new_owner) in await worker.entries()


async def test_a_step_finds_out_that_another_worker_has_its_entry(worker: Worker) -> None:
    await worker.enqueue(ID)
    worker.start()
    await worker.steps.next()
    load = worker.steps.context.load
    assert load is not None
    await load()

    await worker.lose_entries()

    with pytest.raises(Superseded):
        await load()


async def test_the_step_of_a_worker_that_took_over_finds_out_that_it_lost_the_entry(worker: Worker) -> None:
    await worker.enqueue(ID)
    await worker.abandon_entries()
    worker.start()
    await worker.steps.next()
    load = worker.steps.context.load
    assert load is not None

    await worker.lose_entries()

    with pytest.raises(Superseded):
        await load()


async def test_steps_that_begin_and_end_together_share_their_statements(database_url: str) -> None:
    """Were each step to load and to release on its own, there would be as many transactions as steps."""
    async with opened(database_url) as worker:
        counted = CountingDatabase(worker.database)
        worker.queue = PostgreSQLQueue(cast(PostgreSQL, counted), SystemClock())
        await worker.enqueue(*(f"gen_{number}" for number in range(BATCH)))

        worker.queue.start_consuming(load_and_wait, [])
        await worker.entries_become(lambda entries: {entry[1] for entry in entries} == {"queued"})
        await worker.queue.close()

    assert counted.transactions <= BATCH / 4


class CountingDatabase(DelegatingDatabase):
    """A database that counts its transactions and reads."""

    transactions = 0

    async def connect(self) -> asyncpg.Connection:
        return await cast(PostgreSQL, self.inner).connect()

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        self.transactions += 1
        return await super().transact(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        self.transactions += 1
        return await super().read(work)


async def load_and_wait(_: str, context: StepContext) -> datetime:
    """A step that loads its generation and is due again much later."""
    assert context.load is not None
    await context.load()
    return later()


async def test_a_superseded_step_is_the_last_of_its_worker(worker: Worker) -> None:
    worker.steps.is_bound_to_process = worker.steps.is_superseded = True
    await worker.enqueue(ID)
    worker.start()
    await worker.steps.next()
    new_owner = await worker.lose_entries()

    worker.steps.results.put_nowait(SystemClock().now())
    await worker.enqueue("gen_2")

    assert await worker.steps.next() == "gen_2"
    assert (ID, "picked", new_owner) in await worker.entries()


async def test_with_no_connection_left_a_worker_keeps_its_entries_and_takes_none(
    worker: Worker, other: Worker, database_url: str
) -> None:
    worker.start()
    await worker.enqueue(ID)
    await worker.steps.next()
    (entry,) = await worker.database.read(lambda connection: connection.exec_driver_sql(OWN_ENTRIES).all())
    blocker, own = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    entries = OwnedEntryQueries(AsyncpgDriver(own), worker.database, lambda _: None)
    entries.manager_id = entry.queue_manager_id
    await blocker.execute("SELECT pg_advisory_lock(1)")
    waiting = [asyncio.create_task(worker.database.transact(wait_for_lock)) for _ in range(MORE_THAN_POOL)]
    await asyncio.sleep(0)

    async with asyncio.timeout(TIMEOUT / 2):
        await entries.update_heartbeat([entry.id])
        await other.enqueue("gen_2")
        taken = await entries.dequeue(10, {}, entry.queue_manager_id, None, LATER)

    assert taken == []
    assert await own.fetchval(DUE) == 1
    assert (await own.fetchval(BEATEN, entry.id)) is True
    assert worker.database.is_congested
    await asyncio.gather(blocker.close(), own.close(), *waiting)
    assert not worker.database.is_congested
    assert await worker.steps.next() == "gen_2"
    worker.steps.results.put_nowait(None)
    worker.steps.results.put_nowait(None)


def wait_for_lock(transaction: Transaction) -> None:
    transaction.connection.exec_driver_sql("SELECT pg_advisory_xact_lock(1)")


async def test_closing_gives_the_entries_back_after_the_running_steps(worker: Worker) -> None:
    worker.steps.is_bound_to_process = True
    await worker.enqueue(ID, "gen_2")
    worker.start()
    running = {await worker.steps.next(), await worker.steps.next()}
    worker.steps.results.put_nowait(later())

    closing = asyncio.create_task(worker.queue.close())
    await worker.steps.next()  # the step that waited has to look again before it ends
    assert not closing.done()
    for _ in range(2):
        worker.steps.results.put_nowait(later())
    await closing

    assert running == {ID, "gen_2"}
    assert [entry[1:] for entry in await worker.entries()] == [("queued", None)] * 2


async def test_a_thousand_waiting_generations_are_taken_up_by_another_worker(worker: Worker, other: Worker) -> None:
    """Some wait for their next poll in the process, the others in the queue, when their worker is stopped."""
    waiting, taken = set[str](), set[str]()
    soon = {f"gen_{number}" for number in range(POLLED_SOON)}
    await worker.enqueue(*(f"gen_{number}" for number in range(MANY)))
    worker.queue.start_consuming(poll(waiting, soon), [])
    async with asyncio.timeout(TIMEOUT):
        while len(waiting) < MANY:
            await asyncio.sleep(0)
        other.queue.start_consuming(poll(taken, soon), [])
        await worker.queue.close()
        while not taken >= soon:
            await asyncio.sleep(0)

    assert {entry[0] for entry in await other.entries()} == waiting
    assert {entry[1] for entry in await other.entries() if entry[0] not in soon} == {"queued"}


def poll(seen: set[str], soon: Collection[str]) -> StepHandler:
    """Return a handler whose steps wait for the next poll: a second in some cases, else an hour."""

    async def step(generation_id: str, _: StepContext) -> datetime:
        seen.add(generation_id)
        return SystemClock().now() + (POLL_INTERVAL if generation_id in soon else LATER)

    return step


async def test_work_is_taken_again_after_all_connections_were_lost(
    worker: Worker, database_url: str, postgres_databases: PostgresDatabases
) -> None:
    await worker.enqueue(ID)
    worker.start()
    await worker.steps.next()
    await terminate_connections(database_url, postgres_databases)

    await worker.enqueue("gen_2")
    assert await worker.steps.next() == "gen_2"
    for _ in range(2):
        worker.steps.results.put_nowait(None)

    await worker.entries_become(lambda entries: not entries)


async def test_generations_that_only_wait_leave_a_process_that_has_many(worker: Worker) -> None:
    count = MAX_KEPT_GENERATIONS + 10
    await worker.enqueue(*(f"gen_{number}" for number in range(count)))
    worker.start()
    for _ in range(count):
        await worker.steps.next()

    for _ in range(count):
        worker.steps.results.put_nowait(SystemClock().now() + MAX_KEPT_DELAY)

    await worker.entries_become(lambda entries: "queued" in {status for _, status, _ in entries})
    for _ in range(2 * count):
        worker.steps.results.put_nowait(None)


async def test_the_end_of_a_connection_is_reported_by_a_statement_that_fails(database_url: str) -> None:
    connection, closed = await asyncpg.connect(database_url), asyncio.Event()
    driver = QueueDriver(connection, closed.set)
    await driver.fetch("SELECT 1")
    assert not closed.is_set()

    with pytest.raises(asyncpg.PostgresError):
        await driver.fetch("SELECT pg_terminate_backend(pg_backend_pid())")

    assert closed.is_set()
