"""Starting jobs on this machine: one transaction records the submission, the reference and the first state."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from database.sqlite import SQLite
from generations.generation import Generation, Stage, Status, SubmissionOutcome
from generations.requests.cancel import cancel
from kit.errors import ProviderUnavailable
from providers.backend import Job
from tests.support.controllable_upstream import hang
from tests.support.use_case_harness import UseCaseHarness

pytestmark = pytest.mark.anyio

ACCEPTANCE = 6  # statements: limits, counters, balance, transfer, row; one more with an idempotency key
START = 3  # statements: the row is read and updated once for its two states, and the webhook endpoints are read


@pytest.fixture
def local(use_cases: UseCaseHarness) -> UseCaseHarness:
    """The use cases with a backend on this machine, whose jobs run as soon as they are submitted."""

    async def run_at_once(job: Job) -> None:
        use_cases.upstream.run(job.id, progress=10)

    use_cases.upstream.is_local = True
    use_cases.upstream.submitting = run_at_once
    return use_cases


def is_running(state: Generation) -> bool:
    return state.stage is Stage.RUNNING


def is_over(state: Generation) -> bool:
    return state.is_over


async def writing_connection(database: SQLite) -> sqlite3.Connection:
    found = await database.transact(lambda transaction: transaction.connection.connection.driver_connection)
    assert isinstance(found, sqlite3.Connection)
    return found


@contextmanager
def recording(connection: sqlite3.Connection) -> Iterator[list[str]]:
    """Record the first word of every statement of the connection."""
    sent: list[str] = []
    connection.set_trace_callback(lambda statement: sent.append(statement.split()[0].upper()))
    yield sent
    connection.set_trace_callback(None)


async def test_a_generation_is_accepted_in_one_transaction_and_started_in_another(local: UseCaseHarness) -> None:
    if not isinstance(local.database, SQLite):
        pytest.skip("the statements of PostgreSQL's driver are not recorded")
    owner = await local.create_account()

    with recording(await writing_connection(local.database)) as sent:
        accepted = await local.accept(owner)
        await local.until(owner, accepted.id, is_running)
        await local.settle()

    written = [word for word in sent if word not in ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")]
    assert sent.count("SAVEPOINT") == 2
    assert len(written) <= ACCEPTANCE + START


async def test_a_job_that_runs_at_once_has_passed_every_state(local: UseCaseHarness) -> None:
    owner = await local.create_account()
    accepted = await local.accept(owner)

    running = await local.until(owner, accepted.id, is_running)

    assert (running.version, running.progress) == (accepted.version + 2, 10)
    assert [attempt["outcome"] for attempt in running.attempts] == [SubmissionOutcome.ACCEPTED]
    local.upstream.finish(accepted.id)
    ended = await local.until(owner, accepted.id, is_over)
    assert ended.status is Status.COMPLETED


async def test_a_job_that_waits_for_a_renderer_is_submitted(local: UseCaseHarness) -> None:
    local.upstream.submitting = None
    owner = await local.create_account()
    accepted = await local.accept(owner)

    submitted = await local.until(owner, accepted.id, lambda state: state.stage is Stage.SUBMITTED)
    local.upstream.run(accepted.id)

    assert submitted.job_reference is not None
    assert is_running(await local.until(owner, accepted.id, is_running))


async def test_a_job_that_ends_at_once_is_stored(local: UseCaseHarness) -> None:
    async def finish_at_once(job: Job) -> None:
        local.upstream.finish(job.id)

    local.upstream.submitting = finish_at_once
    owner = await local.create_account()
    accepted = await local.accept(owner)

    ended = await local.until(owner, accepted.id, is_over)

    assert (ended.status, len(ended.outputs)) == (Status.COMPLETED, 1)
    assert local.upstream.submissions[accepted.id] == 1


async def test_a_job_whose_generation_is_cancelled_while_it_starts_is_stopped(local: UseCaseHarness) -> None:
    owner = await local.create_account(credits=100)

    async def cancel_at_once(job: Job) -> None:
        await cancel(local.services, owner, job.id)

    local.upstream.submitting = cancel_at_once
    accepted = await local.accept(owner)

    ended = await local.wait_until_inactive(accepted.id)

    assert ended.status is Status.CANCELLED
    assert (local.upstream.cancelled[accepted.id], local.upstream.forgotten[accepted.id]) == (1, 1)
    balance = await local.balance(owner)
    assert (balance.available, balance.held, balance.spent) == (100, 0, 0)


async def test_a_refused_start_fails_with_the_attempt(local: UseCaseHarness) -> None:
    local.upstream.refusal = local.other.refusal = ProviderUnavailable("The local renderer is not available.")
    owner = await local.create_account(credits=100)
    accepted = await local.accept(owner)

    ended = await local.until(owner, accepted.id, is_over)

    assert ended.status is Status.FAILED
    assert ended.attempts[0]["outcome"] == SubmissionOutcome.REFUSED
    assert (await local.balance(owner)).available == 100


async def test_a_job_whose_start_was_not_recorded_is_started_again(local: UseCaseHarness) -> None:
    start, local.upstream.submitting = local.upstream.submitting, hang
    owner = await local.create_account()
    accepted = await local.accept(owner)
    await local.upstream.wait_for_submissions(1)

    local.upstream.submitting = start
    await local.restart()

    assert is_running(await local.until(owner, accepted.id, is_running))
    assert local.upstream.submissions[accepted.id] == 2
