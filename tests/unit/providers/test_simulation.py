"""Simulation for test keys: directives, delays, cancellation and restarts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from kit.errors import ContentViolation, DoitongError, GenerationFailed, ProviderUnavailable
from providers.backend import (
    AcceptedJob,
    BackendState,
    Callback,
    GenerationType,
    Job,
    JSONObject,
    PollSchedule,
    Snapshot,
)
from providers.simulation import SimulatedBackend, parse_directives
from tests.support.manual_clock import ManualClock

pytestmark = pytest.mark.anyio


@dataclass
class InstantBackend:
    """Returns `answer` at every poll, and records the calls."""

    name: str = "local"
    is_local: bool = True
    takes_callbacks: bool = False
    max_concurrent_jobs: int | None = None
    poll_schedule: PollSchedule = field(default_factory=PollSchedule)
    prompts: list[object] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    answer: Snapshot = field(default_factory=lambda: Snapshot(state=BackendState.SUCCEEDED, progress=100))

    def unavailable_because(self) -> str | None:
        return None

    def submits_synchronously(self, job: Job) -> bool:
        return False

    async def submit(self, job: Job) -> AcceptedJob:
        self.prompts.append(job.input["text"])
        return AcceptedJob({"job": job.id})

    async def find_job(self, job: Job) -> AcceptedJob | None:
        return None

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        self.prompts.append(job.input["text"])
        return self.answer

    def parse_callback(
        self, job: Job, reference: JSONObject | None, *, headers: Mapping[str, str], body: bytes
    ) -> Callback | None:
        return None

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        self.cancelled.append(job.id)

    async def clean_up(self, job: Job, reference: JSONObject) -> None:
        self.forgotten.append(job.id)

    async def check_credentials(self) -> bool:
        return False

    async def aclose(self) -> None:
        """There is nothing to close."""


class SimulationHarness:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.local = InstantBackend()
        self.wakes: list[str] = []
        self.backend = self.new_process()

    def new_process(self) -> SimulatedBackend:
        return SimulatedBackend(self.local, wake=self.wakes.append, clock=self.clock)


def a_job(text: str) -> Job:
    return Job(
        id="gen_1",
        client_request_id="gen_1-1",
        type=GenerationType.IMAGE,
        provider="flux-pro",
        model=None,
        mode="text-to-image",
        workspace=Path("unused"),
        input={"text": text},
        options={},
        seed=1,
        test_mode=True,
    )


@pytest.mark.parametrize(
    ("prompt", "error"),
    [
        ("a cat test:fail", GenerationFailed),
        ("test:content_violation", ContentViolation),
        ("TEST:Unavailable, please", ProviderUnavailable),
        ("a test:content_violation then test:fail", ContentViolation),
    ],
)
def test_an_error_directive_is_parsed_as_that_error(prompt: str, error: type[DoitongError]) -> None:
    assert isinstance(parse_directives(prompt).error, error)


@pytest.mark.parametrize(
    "prompt", ["a cat", "the latest:fail", "test:failure", "test: fail", "contest:hang", "test:delay="]
)
def test_other_words_are_not_directives(prompt: str) -> None:
    directives = parse_directives(prompt)

    assert directives.prompt == prompt
    assert (directives.delay, directives.error, directives.hang) == (None, None, False)


@pytest.mark.parametrize(
    ("prompt", "seconds"),
    [("test:delay=2", 2), ("test:delay=0.5 a cat", 0.5), ("test:delay=.25", 0.25), ("a cat, test:delay=3.", 3)],
)
def test_a_delay_may_have_decimals(prompt: str, seconds: float) -> None:
    assert parse_directives(prompt).delay == timedelta(seconds=seconds)


def test_a_delay_is_at_most_a_day() -> None:
    assert parse_directives("test:delay=" + "9" * 400).delay == timedelta(days=1)


def test_directives_combine() -> None:
    directives = parse_directives("a cat test:delay=1.5 on a mat test:fail")

    assert directives.delay == timedelta(seconds=1.5)
    assert isinstance(directives.error, GenerationFailed)


@pytest.mark.parametrize(
    ("prompt", "rendered"), [("a cat test:delay=1 on a mat", "a cat on a mat"), ("test:hang", "A test.")]
)
def test_directives_are_not_rendered(prompt: str, rendered: str) -> None:
    assert parse_directives(prompt).prompt == rendered


async def test_a_plain_prompt_goes_straight_to_the_local_backend() -> None:
    harness = SimulationHarness()

    reference = (await harness.backend.submit(a_job("a cat"))).reference
    snapshot = await harness.backend.poll(a_job("a cat"), reference)

    assert harness.local.prompts == ["a cat", "a cat"]
    assert snapshot.state is BackendState.SUCCEEDED
    assert snapshot.progress == 100


async def test_a_job_with_an_error_directive_is_accepted_and_then_fails() -> None:
    harness = SimulationHarness()

    reference = (await harness.backend.submit(a_job("a cat test:unavailable"))).reference
    snapshot = await harness.backend.poll(a_job("a cat test:unavailable"), reference)

    assert snapshot.state is BackendState.FAILED
    assert isinstance(snapshot.error, ProviderUnavailable)
    assert harness.local.prompts == []


async def test_a_delay_moves_progress_and_wakes_and_then_renders() -> None:
    harness, job = SimulationHarness(), a_job("a cat test:delay=10")

    reference = (await harness.backend.submit(job)).reference
    seen = []
    for _ in range(4):
        seen.append(await harness.backend.poll(job, reference))
        harness.clock.move(2.5)
    last = await harness.backend.poll(job, reference)

    assert [snapshot.progress for snapshot in seen] == [0, 22, 45, 67]
    assert {snapshot.state for snapshot in seen} == {BackendState.RUNNING}
    assert harness.wakes == ["gen_1"] * 4
    assert last.state is BackendState.SUCCEEDED
    assert harness.local.prompts == ["a cat"]


async def test_the_end_of_a_short_delay_wakes_on_time() -> None:
    harness, job = SimulationHarness(), a_job("a cat test:delay=0.1")

    reference = (await harness.backend.submit(job)).reference
    await harness.backend.poll(job, reference)
    harness.clock.move(0.1)

    assert harness.wakes == ["gen_1"]
    assert (await harness.backend.poll(job, reference)).state is BackendState.SUCCEEDED


async def test_the_render_after_a_delay_does_not_queue_again() -> None:
    harness, job = SimulationHarness(), a_job("a cat test:delay=1")
    harness.local.answer = Snapshot(state=BackendState.QUEUED, progress=0)

    reference = (await harness.backend.submit(job)).reference
    harness.clock.move(1)
    snapshot = await harness.backend.poll(job, reference)

    assert (snapshot.state, snapshot.progress) == (BackendState.RUNNING, 90)


async def test_a_delay_goes_on_after_a_restart_where_it_was() -> None:
    harness, job = SimulationHarness(), a_job("a cat test:delay=10 test:fail")

    reference = (await harness.backend.submit(job)).reference
    harness.clock.move(5)
    restarted = harness.new_process()
    halfway = await restarted.poll(job, reference)
    harness.clock.move(5)
    end = await restarted.poll(job, reference)

    assert halfway.progress == 45
    assert end.state is BackendState.FAILED


async def test_a_hanging_job_ends_only_when_it_is_cancelled() -> None:
    harness, job = SimulationHarness(), a_job("a cat test:hang")

    reference = (await harness.backend.submit(job)).reference
    harness.clock.move(86_400)
    hanging = await harness.backend.poll(job, reference)
    await harness.backend.cancel(job, reference)
    cancelled = await harness.backend.poll(job, reference)

    assert hanging.state is BackendState.RUNNING
    assert cancelled.state is BackendState.CANCELLED


async def test_a_delayed_job_that_is_cancelled_is_not_woken() -> None:
    harness, job = SimulationHarness(), a_job("a cat test:delay=10")

    reference = (await harness.backend.submit(job)).reference
    await harness.backend.poll(job, reference)
    await harness.backend.cancel(job, reference)
    harness.clock.move(10)

    assert harness.wakes == []
    assert (await harness.backend.poll(job, reference)).state is BackendState.CANCELLED


async def test_cancelling_a_job_that_is_rendered_cancels_it_in_the_local_backend() -> None:
    harness, job = SimulationHarness(), a_job("a cat")

    reference = (await harness.backend.submit(job)).reference
    await harness.backend.cancel(job, reference)

    assert harness.local.cancelled == ["gen_1"]


async def test_a_job_can_be_cancelled_before_its_reference_was_recorded() -> None:
    harness = SimulationHarness()

    await harness.backend.cancel(a_job("a cat"), {})
    await harness.backend.cancel(a_job("a cat test:hang"), {})

    assert harness.local.cancelled == ["gen_1"]


async def test_a_forgotten_job_leaves_no_timer() -> None:
    harness, job = SimulationHarness(), a_job("a cat test:delay=10")

    reference = (await harness.backend.submit(job)).reference
    await harness.backend.poll(job, reference)
    await harness.backend.clean_up(job, reference)

    assert harness.clock.pending == 0
    assert harness.local.forgotten == ["gen_1"]


async def test_a_clock_that_is_set_back_only_lengthens_the_delay() -> None:
    harness, job = SimulationHarness(), a_job("a cat test:delay=10")

    reference = (await harness.backend.submit(job)).reference
    harness.clock.move(-3_600)
    snapshot = await harness.backend.poll(job, reference)

    assert (snapshot.state, snapshot.progress) == (BackendState.RUNNING, 0)
