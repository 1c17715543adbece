"""The response to a submission arrives while the database is away."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from database.transaction import DatabaseUnavailable, Transaction
from generations.execution.submission import RECORD_INTERVAL
from generations.generation import Status
from providers.backend import Job
from tests.support.delegating_database import DelegatingDatabase
from tests.support.round_trip import round_trip
from tests.support.use_case_harness import UseCaseHarness

pytestmark = pytest.mark.anyio

T = TypeVar("T")


class Outage(DelegatingDatabase):
    """A database that is away for some transactions from a submission on."""

    refusals = 0

    async def begin(self, _: Job) -> None:
        self.refusals = 3

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        if self.refusals:
            self.refusals -= 1
            raise DatabaseUnavailable
        return await super().transact(work)


async def test_a_job_that_was_bought_before_an_outage_is_recorded_after_it(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    await use_cases.kill()
    database = Outage(use_cases.database)
    use_cases.services = replace(use_cases.services, database=database)
    use_cases.upstream.submitting = database.begin
    use_cases.start()

    accepted = await use_cases.accept(owner)
    use_cases.upstream.finish(accepted.id)
    while not use_cases.upstream.submissions or database.refusals:
        await round_trip(use_cases.database)
        use_cases.clock.move(RECORD_INTERVAL.total_seconds())
    ended = await use_cases.until(owner, accepted.id, lambda state: state.is_over)

    assert ended.status is Status.COMPLETED
    assert use_cases.upstream.submissions[accepted.id] == 1
