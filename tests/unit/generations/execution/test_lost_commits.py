"""Commits whose confirmation is lost: their effects count, and jobs and subscribers notice them."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TypeVar

import pytest

from database.transaction import Database, DatabaseUnavailable, Transaction
from generations import repository
from generations.execution.advance import advance
from generations.execution.reconcile import INTERVAL, reconcile_forever
from generations.generation import Generation, Status
from generations.queries import follow
from generations.requests.accept import Acceptance
from kit.retry import FIRST_DELAY
from tests.support.delegating_database import DelegatingDatabase
from tests.support.use_case_harness import TIMEOUT, UseCaseHarness

pytestmark = pytest.mark.anyio

T = TypeVar("T")


class LossyDatabase(DelegatingDatabase):
    """Loses the confirmation and the after-commit calls of the first transaction for which `is_lost` is true."""

    def __init__(self, inner: Database, is_lost: Callable[[object], bool]) -> None:
        super().__init__(inner)
        self._is_lost = is_lost
        self.lost = asyncio.Event()

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        is_lost_now = False

        def run(transaction: Transaction) -> T:
            nonlocal is_lost_now
            inner_transaction = Transaction(transaction.connection)
            result = work(inner_transaction)
            is_lost_now = not self.lost.is_set() and self._is_lost(result)
            if not is_lost_now:
                transaction.after_commit(inner_transaction.run_callbacks)
            return result

        result = await self.inner.transact(run)
        if is_lost_now:
            self.lost.set()
            raise DatabaseUnavailable
        return result


def lose_commit(use_cases: UseCaseHarness, is_lost: Callable[[object], bool]) -> asyncio.Event:
    """Install the database; return an event that is set once a confirmation was lost."""
    database = LossyDatabase(use_cases.database, is_lost)
    use_cases.services = replace(use_cases.services, database=database)
    use_cases.queue.start_consuming(partial(advance, use_cases.services), ())
    return database.lost


async def test_a_generation_whose_acceptance_was_unconfirmed_runs_within_a_minute(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    lose_commit(use_cases, lambda result: isinstance(result, Acceptance))
    reconciliation = asyncio.create_task(reconcile_forever(use_cases.services, use_cases.queue))
    with pytest.raises(DatabaseUnavailable):
        await use_cases.accept(owner)
    [accepted] = await use_cases.database.read(repository.unfinished_ids)

    async with asyncio.timeout(TIMEOUT):
        await use_cases.clock.timer_was_set.wait()
    use_cases.clock.move(INTERVAL.total_seconds())
    use_cases.upstream.finish(accepted)
    ended = await use_cases.wait_until_inactive(accepted)
    reconciliation.cancel()

    assert ended.status is Status.COMPLETED
    assert (await use_cases.balance(owner)).held == 0


async def test_an_end_whose_commit_was_unconfirmed_reaches_subscribers(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    lost = lose_commit(use_cases, lambda result: isinstance(result, Generation) and result.is_over)
    accepted = await use_cases.accept(owner)

    async with (
        asyncio.timeout(TIMEOUT),
        aclosing(follow(use_cases.services, owner, accepted.id, after=None)) as following,
    ):
        await anext(following)
        use_cases.upstream.finish(accepted.id)
        await lost.wait()
        while use_cases.queue.running_steps:
            await asyncio.sleep(0)
        use_cases.clock.move(FIRST_DELAY.total_seconds())
        states = [state async for state in following]

    assert states[-1].status is Status.COMPLETED
    assert [state.version for state in states] == sorted({state.version for state in states})
