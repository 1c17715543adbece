"""Every backend against its upstream's emulator on a real socket, from acceptance to the settled credits."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from generations.execution.advance import advance
from generations.execution.step_context import StepContext
from generations.generation import DEADLINES, Status
from kit.errors import ErrorCode
from media.library import MediaLibrary
from tests.emulators.base import Scenario
from tests.emulators.serving import EmulatorServer, emulator_server
from tests.support.awaits import cancel_at
from tests.support.upstream_kits import KITS, UpstreamKit
from tests.support.upstream_trial import MAX_STEPS, SECONDS_PER_STEP, TickingClock, UpstreamTrial, open_trial

pytestmark = pytest.mark.anyio

CREDITS = 100_000

COMPLETED = (Status.COMPLETED, None)
OUTCOMES: dict[Scenario, tuple[Status, ErrorCode | None]] = {
    Scenario.HAPPY: COMPLETED,
    Scenario.SLOW: COMPLETED,
    Scenario.MODERATED_AT_SUBMISSION: (Status.FAILED, ErrorCode.CONTENT_VIOLATION),
    Scenario.MODERATED_LATER: (Status.FAILED, ErrorCode.CONTENT_VIOLATION),
    Scenario.INVALID_INPUT: (Status.FAILED, ErrorCode.INVALID_INPUT),
    Scenario.FAILED_LATER: (Status.FAILED, ErrorCode.GENERATION_FAILED),
    Scenario.BUSY_ONCE: COMPLETED,
    Scenario.BUSY_WITHOUT_RETRY_AFTER: COMPLETED,
    Scenario.BILLING_AS_429: (Status.FAILED, ErrorCode.PROVIDER_UNAVAILABLE),
    Scenario.UNAUTHORIZED: (Status.FAILED, ErrorCode.PROVIDER_UNAVAILABLE),
    Scenario.UNAVAILABLE_ONCE: COMPLETED,
    Scenario.POLL_ERROR_ONCE: COMPLETED,
    Scenario.EMPTY_SUCCESS: (Status.FAILED, ErrorCode.GENERATION_FAILED),
    Scenario.OUTPUT_EXPIRED: (Status.FAILED, ErrorCode.GENERATION_FAILED),
    Scenario.OUTPUT_UNAVAILABLE_ONCE: COMPLETED,
    Scenario.OUTPUT_TRUNCATED: (Status.FAILED, ErrorCode.GENERATION_FAILED),
    Scenario.OUTPUT_WRONG_TYPE: (Status.FAILED, ErrorCode.GENERATION_FAILED),
    Scenario.FOREIGN_STATUS_URL: (Status.FAILED, ErrorCode.GENERATION_FAILED),
}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[EmulatorServer]:
    async with emulator_server() as server:
        yield server


CASES = [
    pytest.param(kit, scenario, id=f"{kit}-{scenario}")
    for kit in KITS
    for scenario in OUTCOMES
    if scenario not in kit.absent
]


@pytest.mark.parametrize(("kit", "scenario"), CASES)
async def test_every_scenario_ends_as_documented_and_buys_once(
    kit: UpstreamKit, scenario: Scenario, server: EmulatorServer, upstream_library: MediaLibrary, tmp_path: Path
) -> None:
    async with open_trial(kit, scenario, server, upstream_library, tmp_path) as trial:
        owner = await trial.use_cases.create_account(credits=CREDITS)
        ended = await trial.run(owner)

        assert (ended.status, ended.error.code if ended.error else None) == OUTCOMES[scenario]
        assert trial.emulator.purchases.total() <= 1
        balance = await trial.use_cases.balance(owner)
        assert balance.held == 0
        assert balance.spent == (ended.credit_cost if ended.status is Status.COMPLETED else 0)
        await trial.check_books()


@pytest.mark.parametrize("kit", KITS, ids=str)
@pytest.mark.parametrize("scenario", [Scenario.LOST_ANSWER, Scenario.SERVER_ERROR_ONCE])
async def test_a_job_without_a_response_is_never_bought_twice(
    kit: UpstreamKit, scenario: Scenario, server: EmulatorServer, upstream_library: MediaLibrary, tmp_path: Path
) -> None:
    async with open_trial(kit, scenario, server, upstream_library, tmp_path) as trial:
        owner = await trial.use_cases.create_account(credits=CREDITS)
        ended = await trial.run(owner)

        assert trial.emulator.purchases.total() <= 1
        if scenario is Scenario.LOST_ANSWER:
            assert (ended.status is Status.COMPLETED) is kit.finds_jobs
        if ended.status is Status.FAILED:
            assert ended.error is not None
            assert ended.error.code is ErrorCode.GENERATION_FAILED
            assert ended.attempts[-1]["outcome"] == "lost"
        assert (await trial.use_cases.balance(owner)).held == 0
        await trial.check_books()


@pytest.mark.parametrize("kit", KITS, ids=str)
async def test_a_worker_killed_at_any_await_never_buys_twice(
    kit: UpstreamKit, server: EmulatorServer, upstream_library: MediaLibrary, tmp_path: Path
) -> None:
    step, ended = 0, False
    async with open_trial(kit, Scenario.HAPPY, server, upstream_library, tmp_path) as trial:
        while not ended:
            trial.emulator.purchases.clear()
            owner = await trial.use_cases.create_account(credits=CREDITS)
            await trial.use_cases.kill()
            accepted = await trial.use_cases.accept(owner, trial.kit.request)
            ended = await cancel_at(step, _run_steps(trial, accepted.id))
            await trial.restart()
            row = await trial.finish(accepted.id)

            assert trial.emulator.purchases.total() <= 1
            lost = row.status is Status.FAILED and row.attempts[-1]["outcome"] == "lost"
            assert row.status is Status.COMPLETED or lost
            await trial.check_books()
            step += 1 if step < 40 else 5
        assert row.status is Status.COMPLETED


async def _run_steps(trial: UpstreamTrial, generation_id: str) -> None:
    """Run the steps of a generation one after the other, as the queue does, without waiting between them."""
    services = trial.use_cases.services
    for _ in range(MAX_STEPS):
        due = await advance(services, generation_id, StepContext())
        if due is None:
            return
        trial.use_cases.clock.move((due - trial.use_cases.clock.now()).total_seconds())


@pytest.mark.parametrize("kit", KITS, ids=str)
async def test_no_credential_is_in_a_row_or_on_a_foreign_host(
    kit: UpstreamKit, server: EmulatorServer, upstream_library: MediaLibrary, tmp_path: Path
) -> None:
    secrets = [value for name, value in kit.settings.items() if "KEY" in name]
    async with open_trial(kit, Scenario.UNAUTHORIZED, server, upstream_library, tmp_path) as trial:
        owner = await trial.use_cases.create_account(credits=CREDITS)
        ended = await trial.run(owner)

        assert not [secret for secret in secrets if secret in repr(ended)]


@pytest.mark.parametrize("kit", KITS, ids=str)
async def test_an_upstream_below_a_prefix_works_as_at_the_root(
    kit: UpstreamKit, server: EmulatorServer, upstream_library: MediaLibrary, tmp_path: Path
) -> None:
    async with open_trial(kit, Scenario.HAPPY, server, upstream_library, tmp_path, prefix=kit.name) as trial:
        ended = await trial.run(await trial.use_cases.create_account(credits=CREDITS))

        assert ended.status is Status.COMPLETED
        assert trial.emulator.purchases.total() == 1


async def test_a_job_is_submitted_although_time_passes_between_two_readings_of_the_clock(
    server: EmulatorServer, upstream_library: MediaLibrary, tmp_path: Path
) -> None:
    async with open_trial(KITS[0], Scenario.HAPPY, server, upstream_library, tmp_path, clock=TickingClock()) as trial:
        ended = await trial.run(await trial.use_cases.create_account(credits=CREDITS))

        assert ended.status is Status.COMPLETED
        assert trial.emulator.purchases.total() == 1


def test_deadlines_leave_room_for_the_steps() -> None:
    assert min(DEADLINES.values()).total_seconds() > MAX_STEPS * SECONDS_PER_STEP
