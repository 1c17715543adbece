"""The local backend: states, cancellation, restarts and missing packages."""

import asyncio
import json
import os
import sys
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import pytest
from PIL import Image

from kit.clock import SystemClock
from kit.errors import ContentViolation, GenerationFailed, ProviderUnavailable
from providers.backend import BackendState, GenerationType, Job, JSONObject, Snapshot, SubmissionRefused
from studio.backend import LocalBackend
from studio.render_pool import RenderPool
from tests.support.manual_clock import ManualClock

pytestmark = pytest.mark.anyio

WORKER = Path(__file__).with_name("scripted_worker.py")
NOTE = {"reason": "quality is not simulated", "field": "options.quality", "requested": "high", "used": None}
SCRIPTED_WORKER = (sys.executable, "-I", "-S", str(WORKER))


class BackendHarness:
    """A local backend with a manual clock, polled as the generation engine does."""

    def __init__(self, pool: RenderPool) -> None:
        self.pool = pool
        self.clock = ManualClock()
        self.woken = asyncio.Event()
        self.wakes: list[str] = []
        self.backend = LocalBackend(pool, wake=self._wake, clock=self.clock)

    def _wake(self, job_id: str) -> None:
        self.wakes.append(job_id)
        self.woken.set()

    async def until(self, job: Job, *states: BackendState) -> Snapshot:
        """Poll once, then after every wake, until the job is in one of the states."""
        while True:
            self.woken.clear()
            snapshot = await self.backend.poll(job, {"job": job.id})
            if snapshot.state in states:
                return snapshot
            await self.woken.wait()


@asynccontextmanager
async def open_harness(
    directory: Path, *, command: tuple[str, ...] | None = SCRIPTED_WORKER
) -> AsyncIterator[BackendHarness]:
    async with RenderPool(size=1, directory=directory, voices=directory, cache=directory, command=command) as pool:
        harness = BackendHarness(pool)
        yield harness
        await harness.backend.aclose()


def a_job(text: str, *, name: str = "gen_1", options: JSONObject | None = None) -> Job:
    return Job(
        id=name,
        client_request_id=f"{name}-1",
        type=GenerationType.IMAGE,
        provider="local-image",
        model=None,
        mode="text-to-image",
        workspace=Path("unused"),
        input={"text": text},
        options=options or {},
        seed=7,
    )


async def test_a_submitted_job_is_queued_then_done_with_its_files(tmp_path: Path) -> None:
    job = a_job("a fox")

    async with open_harness(tmp_path) as harness:
        reference = (await harness.backend.submit(job)).reference
        first = await harness.backend.poll(job, reference)
        last = await harness.until(job, BackendState.SUCCEEDED)

    assert reference == {"job": "gen_1"}
    assert first.state is BackendState.QUEUED
    assert [output.path for output in last.outputs] == [tmp_path / "gen_1" / "a.png"]
    assert last.progress == 100


async def test_a_running_job_has_its_progress(tmp_path: Path) -> None:
    job = a_job("hang")

    async with open_harness(tmp_path) as harness:
        await harness.backend.submit(job)
        await harness.clock.timer_was_set.wait()
        snapshot = await harness.backend.poll(job, {"job": job.id})

    assert snapshot.state is BackendState.RUNNING
    assert snapshot.progress in {25, 50}


async def test_the_engine_is_woken_at_most_four_times_a_second(tmp_path: Path) -> None:
    job = a_job("hang")

    async with open_harness(tmp_path) as harness:
        await harness.backend.submit(job)
        await harness.until(job, BackendState.RUNNING)
        await harness.clock.timer_was_set.wait()

        assert harness.wakes == ["gen_1"]
        harness.clock.move(0.25)
        assert harness.wakes == ["gen_1", "gen_1"]


async def test_the_error_of_the_renderer_is_the_error_of_the_job(tmp_path: Path) -> None:
    job = a_job("violation")

    async with open_harness(tmp_path) as harness:
        snapshot = await harness.until(job, BackendState.FAILED)

    assert isinstance(snapshot.error, ContentViolation)


async def test_a_crash_fails_one_job_and_not_the_next(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        crashed = await harness.until(a_job("crash"), BackendState.FAILED)
        following = await harness.until(a_job("a fox", name="gen_2"), BackendState.SUCCEEDED)

    assert isinstance(crashed.error, GenerationFailed)
    assert following.outputs


async def test_cancelling_kills_the_process_of_the_job(tmp_path: Path) -> None:
    job = a_job("hang")

    async with open_harness(tmp_path) as harness:
        await harness.until(job, BackendState.RUNNING)
        (pid,) = harness.pool.pids
        await harness.backend.cancel(job, {"job": job.id})
        snapshot = await harness.backend.poll(job, {"job": job.id})

        assert snapshot.state is BackendState.CANCELLED
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_cancelling_a_job_that_is_done_changes_nothing(tmp_path: Path) -> None:
    job = a_job("a fox")

    async with open_harness(tmp_path) as harness:
        await harness.until(job, BackendState.SUCCEEDED)
        await harness.backend.cancel(job, {"job": job.id})
        snapshot = await harness.backend.poll(job, {"job": job.id})

    assert snapshot.state is BackendState.SUCCEEDED


async def test_a_job_stopped_by_a_shutdown_is_not_reported_as_cancelled(tmp_path: Path) -> None:
    job = a_job("hang")

    async with open_harness(tmp_path) as harness:
        await harness.until(job, BackendState.RUNNING)
        await harness.backend.aclose()
        snapshot = await harness.backend.poll(job, {"job": job.id})

    assert snapshot.state is BackendState.RUNNING


async def test_an_interrupted_job_starts_again_after_a_restart(tmp_path: Path) -> None:
    job = a_job("a fox")

    async with open_harness(tmp_path) as harness:
        reference = (await harness.backend.submit(job)).reference

    async with open_harness(tmp_path) as harness:
        first = await harness.backend.poll(job, reference)
        last = await harness.until(job, BackendState.SUCCEEDED)

    assert first.state is BackendState.QUEUED
    assert last.outputs


async def test_a_finished_job_is_read_from_disk_after_a_restart(tmp_path: Path) -> None:
    job = a_job("a fox")
    result = {"outputs": [{"name": "image-1.png", "media_type": "image/png"}], "notes": [NOTE]}
    (tmp_path / "gen_1").mkdir()
    (tmp_path / "gen_1" / "result.json").write_text(json.dumps(result))

    async with open_harness(tmp_path) as harness:
        snapshot = await harness.backend.poll(job, {"job": job.id})

        assert snapshot.state is BackendState.SUCCEEDED
        assert snapshot.outputs[0].path == tmp_path / "gen_1" / "image-1.png"
        assert [asdict(adjustment) for adjustment in snapshot.adjustments] == [NOTE]
        assert harness.pool.pids == frozenset()


async def test_forgetting_a_job_deletes_its_files(tmp_path: Path) -> None:
    job = a_job("hang")
    (tmp_path / "gen_1").mkdir()
    (tmp_path / "gen_1" / "image-1.png").write_bytes(b"x")

    async with open_harness(tmp_path) as harness:
        await harness.until(job, BackendState.RUNNING)
        await harness.backend.clean_up(job, {"job": job.id})

    assert not (tmp_path / "gen_1").exists()


async def test_a_job_id_cannot_name_another_directory(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        with pytest.raises(ValueError, match="job id"):
            await harness.backend.poll(a_job("a fox", name="../gen_1"), {})


async def test_a_thousand_waiting_jobs_take_little_memory(tmp_path: Path) -> None:
    jobs = [a_job("hang", name=f"gen_{number}") for number in range(1_001)]

    async with open_harness(tmp_path) as harness:
        await harness.until(jobs[0], BackendState.RUNNING)
        tasks = len(asyncio.all_tasks())
        tracemalloc.start()
        for job in jobs[1:]:
            await harness.backend.submit(job)
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert len(asyncio.all_tasks()) == tasks
        assert taken < 4_000_000  # bytes


async def test_without_the_packages_a_job_is_refused_and_no_process_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.packages.DISTRIBUTIONS", {"json": "json", "no_such_module": "no-such-package"})
    job = a_job("a fox")

    async with open_harness(tmp_path) as harness:
        with pytest.raises(SubmissionRefused) as refused:
            await harness.backend.submit(job)
        snapshot = await harness.backend.poll(job, {"job": job.id})

        assert harness.pool.pids == frozenset()
    assert isinstance(refused.value.error, ProviderUnavailable)
    assert isinstance(snapshot.error, ProviderUnavailable)
    assert harness.backend.unavailable_because() == (
        "local media generation needs the package no-such-package; "
        'run `pip install "doitong-server[studio]"`, or `make setup` in a source checkout'
    )


@pytest.mark.slow
async def test_a_prompt_is_rendered_as_an_image(tmp_path: Path) -> None:
    job = a_job("a red fox in a forest", options={"width": 320, "height": 200, "quality": "high"})
    async with RenderPool(size=1, directory=tmp_path, voices=tmp_path, cache=tmp_path) as pool:
        harness = BackendHarness(pool)
        harness.backend = LocalBackend(pool, wake=harness._wake, clock=SystemClock())
        snapshot = await harness.until(job, BackendState.SUCCEEDED, BackendState.FAILED)

    (output,) = snapshot.outputs
    assert output.path is not None
    with Image.open(output.path) as image:
        assert (image.format, image.size) == ("PNG", (320, 200))
    assert [asdict(adjustment) for adjustment in snapshot.adjustments] == [NOTE]
    assert sorted(path.name for path in output.path.parent.iterdir()) == ["image-1.png", "result.json"]
