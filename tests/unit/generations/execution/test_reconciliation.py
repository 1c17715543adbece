"""The comparison of this process with the database, every minute, while generations begin and end."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from database.transaction import Database
from generations.execution.concurrency import INITIAL_LIMIT
from generations.execution.reconcile import INTERVAL, reconcile_forever
from generations.generation import Status
from tests.support.delegating_database import DelegatingDatabase
from tests.support.use_case_harness import TIMEOUT, UseCaseHarness

pytestmark = pytest.mark.anyio

T = TypeVar("T")


class SlowReads(DelegatingDatabase):
    """Returns what was read only after `may_return` was set."""

    def __init__(self, inner: Database) -> None:
        super().__init__(inner)
        self.has_read, self.may_return = asyncio.Event(), asyncio.Event()

    async def read(self, work: Callable[[Connection], T]) -> T:
        result = await super().read(work)
        self.has_read.set()
        await self.may_return.wait()
        return result


async def test_a_generation_that_begins_to_wait_during_the_comparison_gets_the_next_slot(
    use_cases: UseCaseHarness,
) -> None:
    owner = await use_cases.create_account()
    use_cases.upstream.max_concurrent_jobs = 1
    first = await use_cases.accept(owner)
    await use_cases.settle()
    reads, next_timer = SlowReads(use_cases.database), use_cases.clock.timer_was_set
    next_timer.clear()
    reconciliation = asyncio.create_task(
        reconcile_forever(replace(use_cases.services, database=reads), use_cases.queue)
    )
    async with asyncio.timeout(TIMEOUT):
        await next_timer.wait()
        use_cases.clock.move(INTERVAL.total_seconds())
        await reads.has_read.wait()

    second = await use_cases.accept(owner)
    await use_cases.settle()
    next_timer.clear()
    reads.may_return.set()
    async with asyncio.timeout(TIMEOUT):
        await next_timer.wait()
    use_cases.upstream.finish(first.id)
    await use_cases.wait_until_inactive(first.id)
    await use_cases.settle()
    reconciliation.cancel()

    assert use_cases.upstream.submissions == {first.id: 1, second.id: 1}
    use_cases.upstream.finish(second.id)
    assert (await use_cases.wait_until_inactive(second.id)).status is Status.COMPLETED


async def test_after_a_restart_with_many_jobs_at_an_upstream_another_one_is_submitted_at_once(
    use_cases: UseCaseHarness,
) -> None:
    owner = await use_cases.create_account()
    for _ in range(int(INITIAL_LIMIT) + 2):
        await use_cases.accept(owner)
    await use_cases.upstream.wait_for_submissions(int(INITIAL_LIMIT) + 2)
    await use_cases.settle()

    await use_cases.restart()
    await use_cases.settle()
    another = await use_cases.accept(owner)
    await use_cases.settle()

    assert use_cases.upstream.submissions[another.id] == 1
