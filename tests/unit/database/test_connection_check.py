"""Pooled connections to PostgreSQL: what a transaction costs in round trips, and how a lost connection is replaced."""

from functools import partial

import asyncpg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from credits.ledger import LedgerAccount, hold_credits
from credits.queries import ledger_imbalance
from database.compiled_statement import CompiledStatement
from database.connection_check import MAX_UNCHECKED_IDLE, check_connections
from database.postgresql import PostgreSQL
from database.transaction import Transaction
from tests.support.postgres import PostgresDatabases
from tests.support.use_case_harness import UseCaseHarness

pytestmark = pytest.mark.anyio


def driver_connection(connection: Connection) -> asyncpg.Connection:
    """Return the connection of asyncpg, and begin a transaction on it."""
    connection.exec_driver_sql("SELECT 1")
    found = connection.connection.driver_connection
    assert isinstance(found, asyncpg.Connection)
    return found


def record(connection: asyncpg.Connection) -> list[str]:
    """Record what is sent to the server from now on."""
    sent: list[str] = []
    connection.add_query_logger(lambda one: sent.append(one.query))
    return sent


def prepared_statements(connection: Connection) -> int:
    """Return how many statements are prepared on this connection, each of which was executed on it."""
    count: int = connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar_one()
    return count


async def test_a_hold_is_one_statement(use_cases: UseCaseHarness) -> None:
    if not isinstance(use_cases.database, PostgreSQL):
        pytest.skip("SQLite has no statement that writes to two tables")
    owner = await use_cases.create_account(credits=100)
    at = use_cases.clock.now()

    def hold(transaction: Transaction) -> int:
        """Return how many statements were prepared for a hold."""
        before = prepared_statements(transaction.connection)
        hold_credits(transaction, LedgerAccount(owner.account_id, False), amount=1, generation_id="gen_1", at=at)
        return prepared_statements(transaction.connection) - before

    assert await use_cases.database.transact(hold) == 1
    assert await use_cases.database.read(ledger_imbalance) == 0


async def test_a_transaction_probes_nothing(use_cases: UseCaseHarness) -> None:
    database = use_cases.database
    if not isinstance(database, PostgreSQL):
        pytest.skip("a file needs no connection")
    sent = record(await database.transact(lambda t: driver_connection(t.connection)))

    await database.transact(lambda t: driver_connection(t.connection))

    begin, commit = sent  # prepared statements, such as that between them, are not recorded
    assert begin.startswith("BEGIN")
    assert commit.startswith("COMMIT")


class PooledConnection:
    """A pool of one connection, and the time that its check goes by."""

    def __init__(self, url: str) -> None:
        self.now = 0.0
        connect = partial(asyncpg.connect, url)
        self.engine: AsyncEngine = create_async_engine(
            "postgresql+asyncpg://", async_creator=connect, pool_size=1, max_overflow=0
        )
        check_connections(self.engine, monotonic=lambda: self.now)

    async def use(self) -> asyncpg.Connection:
        async with self.engine.begin() as connection:
            return await connection.run_sync(driver_connection)


async def test_a_connection_that_was_closed_is_replaced(postgres_databases: PostgresDatabases) -> None:
    pool = PooledConnection(postgres_databases.create())
    closed = await pool.use()
    await closed.close()

    assert await pool.use() is not closed
    await pool.engine.dispose()


async def test_a_connection_is_probed_only_after_it_was_idle(postgres_databases: PostgresDatabases) -> None:
    pool = PooledConnection(postgres_databases.create())
    sent = record(await pool.use())

    pool.now += MAX_UNCHECKED_IDLE / 2
    await pool.use()
    assert ";" not in sent
    pool.now += MAX_UNCHECKED_IDLE
    await pool.use()

    assert ";" in sent
    await pool.engine.dispose()


TERMINATE = CompiledStatement(
    text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = pg_backend_pid() AND :is_first")
)


@pytest.mark.parametrize("is_compiled", [False, True])
async def test_work_whose_connection_is_lost_before_the_commit_runs_again(
    use_cases: UseCaseHarness, is_compiled: bool
) -> None:
    database, runs = use_cases.database, list[int]()
    if not isinstance(database, PostgreSQL):
        pytest.skip("a file needs no connection")

    def lose_connection_once(connection: Connection) -> int:
        runs.append(len(runs))
        is_first = len(runs) == 1
        if is_compiled:
            TERMINATE.run(connection, {"is_first": is_first})
        elif is_first:
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        return len(runs)

    assert await database.transact(lambda transaction: lose_connection_once(transaction.connection)) == 2
    runs.clear()
    assert await database.read(lose_connection_once) == 2
