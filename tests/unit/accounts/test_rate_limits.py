"""The limit of generations at a time, for a request that arrives while another transaction ends a generation."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from accounts.creation import create_account
from accounts.plans import PlanName
from accounts.rate_limits import RateLimitStatus, count_generation
from accounts.repository import read_usage
from database.transaction import Transaction
from kit.errors import RateLimited
from tests.support.postgres_listening import TwoNodes
from tests.support.use_case_harness import TIMEOUT

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
END_GENERATION = "UPDATE plan_usage SET running = running - 1 WHERE account_id = $1"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def count_while_a_generation_ends(nodes: TwoNodes, *, commit: bool) -> tuple[str, RateLimitStatus]:
    """Count a generation above the limit, which waits for a transaction that ends one, and return the account too."""

    def create(transaction: Transaction) -> str:
        account_id = create_account(transaction, name="a", plan=PlanName.FREE, at=NOW)
        count_generation(transaction, account_id, PlanName.FREE, at=NOW)
        return account_id

    account_id = await nodes.here.transact(create)
    connection = await asyncpg.connect(nodes.url)
    try:
        ending = connection.transaction()
        await ending.start()
        await connection.execute(END_GENERATION, account_id)
        counting = asyncio.create_task(
            nodes.there.transact(lambda t: count_generation(t, account_id, PlanName.FREE, at=NOW))
        )
        async with asyncio.timeout(TIMEOUT):
            while not await nodes.here.read(lambda read: read.exec_driver_sql(WAITING).scalar_one()):
                await asyncio.sleep(0)
        await (ending.commit() if commit else ending.rollback())
        return account_id, await counting
    finally:
        await connection.close()


async def test_a_generation_is_counted_in_the_place_of_one_that_has_just_ended(two_nodes: TwoNodes) -> None:
    account_id, status = await count_while_a_generation_ends(two_nodes, commit=True)

    usage = await two_nodes.here.read(lambda connection: read_usage(connection, account_id))
    assert (usage["running"], usage["in_minute"], usage["in_day"]) == (1, 2, 2)
    assert status.limit is not None
    assert status.remaining == status.limit - 2


async def test_a_generation_is_refused_if_the_other_one_has_not_ended(two_nodes: TwoNodes) -> None:
    with pytest.raises(RateLimited) as refused:
        await count_while_a_generation_ends(two_nodes, commit=False)

    assert refused.value.extensions["limit"] == "concurrent"
