"""Cancellation of a use case at each await: its effects are complete or absent."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from accounts.principal import Principal
from credits.ledger import LedgerAccount, balance_of
from database.transaction import Database
from generations.execution.advance import advance
from generations.execution.step_context import StepContext
from generations.generation import Status
from generations.repository import generation
from generations.requests.accept import accept_generation
from generations.requests.cancel import cancel
from tests.support.awaits import cancel_at
from tests.support.ledger_invariants import check_all_settled, check_ledger
from tests.support.queues import Embedded, InPostgreSQL
from tests.support.use_case_harness import PICTURE, PICTURE_COST, UseCaseHarness, open_use_cases

pytestmark = pytest.mark.anyio

MAX_CLIENT_STEPS = 5  # a job has more awaits


@pytest.fixture
async def use_cases(database: Database, tmp_path: Path) -> AsyncIterator[UseCaseHarness]:
    """The use cases with the queue that a server has on this database."""
    kind = InPostgreSQL() if database.is_shared else Embedded()
    async with open_use_cases(database, tmp_path, kind) as harness:
        yield harness


async def held_and_statuses(use_cases: UseCaseHarness, owner: Principal) -> tuple[int, list[str]]:
    """Read the held credits and the statuses in one transaction, as work of the caller may still be running."""
    mine = select(generation.c.status).where(generation.c.account_id == owner.account_id)

    def read(connection: Connection) -> tuple[int, list[str]]:
        held = balance_of(connection, LedgerAccount(owner.account_id, False)).held
        return held, list(connection.execute(mine).scalars().all())

    return await use_cases.database.read(read)


async def restart_and_settle(use_cases: UseCaseHarness) -> None:
    """Restart, and wait until no job is being processed."""
    await use_cases.kill()
    await use_cases.database.transact(lambda _: None)
    use_cases.start()
    await use_cases.start_worker()
    await use_cases.settle()


async def test_submit_cancelled_at_any_await_leaves_a_complete_generation_or_none(use_cases: UseCaseHarness) -> None:
    for step in count():
        owner = await use_cases.create_account(credits=100)
        await use_cases.kill()

        ended = await cancel_at(step, accept_generation(use_cases.services, owner, PICTURE))
        await restart_and_settle(use_cases)

        assert await held_and_statuses(use_cases, owner) in ((0, []), (PICTURE_COST, [Status.PROCESSING]))
        await use_cases.database.read(check_ledger)
        if ended:
            assert step > 0
            return


async def test_cancel_cancelled_at_any_await_leaves_the_generation_cancelled_or_running(
    use_cases: UseCaseHarness,
) -> None:
    for step in count():
        owner = await use_cases.create_account(credits=100)
        accepted = await use_cases.accept(owner)

        ended = await cancel_at(step, cancel(use_cases.services, owner, accepted.id))
        await restart_and_settle(use_cases)

        assert await held_and_statuses(use_cases, owner) in (
            (0, [Status.CANCELLED]),
            (PICTURE_COST, [Status.PROCESSING]),
        )
        await use_cases.database.read(check_ledger)
        if ended:
            assert step > 0
            return


async def test_a_job_stopped_at_any_await_is_finished_after_a_restart(use_cases: UseCaseHarness) -> None:
    for step in count():
        owner = await use_cases.create_account(credits=100)
        await use_cases.kill()
        accepted = await use_cases.accept(owner)
        use_cases.upstream.finish(accepted.id)

        ended = await cancel_at(step, advance(use_cases.services, accepted.id, StepContext()))
        await restart_and_settle(use_cases)
        row = await use_cases.wait_until_inactive(accepted.id)

        assert row.status is Status.COMPLETED or (row.status is Status.FAILED and row.attempts[-1]["outcome"] == "lost")
        assert use_cases.upstream.submissions[accepted.id] <= 1
        await use_cases.database.read(check_ledger)
        await use_cases.database.read(check_all_settled)
        if ended:
            assert step > MAX_CLIENT_STEPS
            assert row.status is Status.COMPLETED
            return
