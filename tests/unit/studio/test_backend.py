"""The local backend tells the truth about a render, in this process and in the one after a restart."""

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
from kit.errors import ContentViolation, GenerationFailed
from providers.backend import BackendState, GenerationType, Job, JSONObject, Snapshot
from studio.backend import LocalBackend
from studio.render_pool import RenderPool
from tests.fixtures.clock import ManualClock

pytestmark = pytest.mark.anyio

WORKER = Path(__file__).with_name("obedient_worker.py")
NOTE = {"reason": "quality is not simulated", "field": "options.quality", "requested": "high", "used": None}
OBEDIENT = (sys.executable, "-I", "-S", str(WORKER))


class Bench:
    """A local backend, and the engine's side of it: asleep until woken."""

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
        """Poll as the engine does: once, then whenever it is woken."""
        while True:
            self.woken.clear()
            snapshot = await self.backend.poll(job, {"job": job.id})
            if snapshot.state in states:
                return snapshot
            await self.woken.wait()


@asynccontextmanager
async def a_bench(directory: Path, *, command: tuple[str, ...] | None = OBEDIENT) -> AsyncIterator[Bench]:
    async with RenderPool(size=1, directory=directory, voices=directory, cache=directory, command=command) as pool:
        bench = Bench(pool)
        yield bench
        await bench.backend.aclose()


def a_job(text: str, *, name: str = "gen_1", options: JSONObject | None = None) -> Job:
    return Job(
        id=name,
        type=GenerationType.IMAGE,
        provider="local-image",
        model=None,
        input={"text": text},
        options=options or {},
        seed=7,
    )


async def test_a_submitted_job_is_queued_then_done_with_its_files(tmp_path: Path) -> None:
    job = a_job("a fox")

    async with a_bench(tmp_path) as bench:
        reference = await bench.backend.submit(job)
        first = await bench.backend.poll(job, reference)
        last = await bench.until(job, BackendState.SUCCEEDED)

    assert reference == {"job": "gen_1"}
    assert first.state is BackendState.QUEUED
    assert [output.path for output in last.outputs] == [tmp_path / "gen_1" / "a.png"]
    assert last.progress == 100


async def test_a_running_job_tells_its_progress(tmp_path: Path) -> None:
    job = a_job("hang")

    async with a_bench(tmp_path) as bench:
        await bench.backend.submit(job)
        await bench.clock.timer_was_set.wait()
        snapshot = await bench.backend.poll(job, {"job": job.id})

    assert snapshot.state is BackendState.RUNNING
    assert snapshot.progress in {25, 50}


async def test_the_engine_is_woken_at_most_four_times_a_second(tmp_path: Path) -> None:
    job = a_job("hang")

    async with a_bench(tmp_path) as bench:
        await bench.backend.submit(job)
        await bench.until(job, BackendState.RUNNING)
        await bench.clock.timer_was_set.wait()

        assert bench.wakes == ["gen_1"]
        bench.clock.move(0.25)
        assert bench.wakes == ["gen_1", "gen_1"]


async def test_the_refusal_of_a_renderer_is_the_error_of_the_job(tmp_path: Path) -> None:
    job = a_job("refuse")

    async with a_bench(tmp_path) as bench:
        snapshot = await bench.until(job, BackendState.FAILED)

    assert isinstance(snapshot.error, ContentViolation)


async def test_a_crash_fails_one_job_and_not_the_next(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        crashed = await bench.until(a_job("crash"), BackendState.FAILED)
        following = await bench.until(a_job("a fox", name="gen_2"), BackendState.SUCCEEDED)

    assert isinstance(crashed.error, GenerationFailed)
    assert following.outputs


async def test_cancelling_kills_the_process_of_the_job(tmp_path: Path) -> None:
    job = a_job("hang")

    async with a_bench(tmp_path) as bench:
        await bench.until(job, BackendState.RUNNING)
        (pid,) = bench.pool.pids
        await bench.backend.cancel(job, {"job": job.id})
        snapshot = await bench.backend.poll(job, {"job": job.id})

        assert snapshot.state is BackendState.CANCELLED
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_cancelling_a_job_that_is_done_changes_nothing(tmp_path: Path) -> None:
    job = a_job("a fox")

    async with a_bench(tmp_path) as bench:
        await bench.until(job, BackendState.SUCCEEDED)
        await bench.backend.cancel(job, {"job": job.id})
        snapshot = await bench.backend.poll(job, {"job": job.id})

    assert snapshot.state is BackendState.SUCCEEDED


async def test_a_shutdown_cancels_nothing_as_far_as_the_engine_can_see(tmp_path: Path) -> None:
    job = a_job("hang")

    async with a_bench(tmp_path) as bench:
        await bench.until(job, BackendState.RUNNING)
        await bench.backend.aclose()
        snapshot = await bench.backend.poll(job, {"job": job.id})

    assert snapshot.state is BackendState.RUNNING


async def test_a_job_that_was_interrupted_begins_again_after_a_restart(tmp_path: Path) -> None:
    job = a_job("a fox")

    async with a_bench(tmp_path) as bench:
        reference = await bench.backend.submit(job)

    async with a_bench(tmp_path) as bench:
        first = await bench.backend.poll(job, reference)
        last = await bench.until(job, BackendState.SUCCEEDED)

    assert first.state is BackendState.QUEUED
    assert last.outputs


async def test_a_job_that_was_finished_is_found_again_after_a_restart(tmp_path: Path) -> None:
    job = a_job("a fox")
    result = {"outputs": [{"name": "image-1.png", "media_type": "image/png"}], "notes": [NOTE]}
    (tmp_path / "gen_1").mkdir()
    (tmp_path / "gen_1" / "result.json").write_text(json.dumps(result))

    async with a_bench(tmp_path) as bench:
        snapshot = await bench.backend.poll(job, {"job": job.id})

        assert snapshot.state is BackendState.SUCCEEDED
        assert snapshot.outputs[0].path == tmp_path / "gen_1" / "image-1.png"
        assert [asdict(note) for note in snapshot.notes] == [NOTE]
        assert bench.pool.pids == frozenset()


async def test_a_forgotten_job_leaves_nothing(tmp_path: Path) -> None:
    job = a_job("hang")
    (tmp_path / "gen_1").mkdir()
    (tmp_path / "gen_1" / "image-1.png").write_bytes(b"x")

    async with a_bench(tmp_path) as bench:
        await bench.until(job, BackendState.RUNNING)
        await bench.backend.forget(job, {"job": job.id})

    assert not (tmp_path / "gen_1").exists()


async def test_a_job_id_cannot_name_another_directory(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        with pytest.raises(ValueError, match="job id"):
            await bench.backend.poll(a_job("a fox", name="../gen_1"), {})


async def test_a_thousand_waiting_jobs_take_little_memory(tmp_path: Path) -> None:
    jobs = [a_job("hang", name=f"gen_{number}") for number in range(1_001)]

    async with a_bench(tmp_path) as bench:
        await bench.until(jobs[0], BackendState.RUNNING)
        tasks = len(asyncio.all_tasks())
        tracemalloc.start()
        for job in jobs[1:]:
            await bench.backend.submit(job)
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert len(asyncio.all_tasks()) == tasks
        assert taken < 4_000_000  # bytes


@pytest.mark.slow
async def test_a_real_picture_is_made_from_a_prompt(tmp_path: Path) -> None:
    job = a_job("a red fox in a forest", options={"width": 320, "height": 200, "quality": "high"})
    async with RenderPool(size=1, directory=tmp_path, voices=tmp_path, cache=tmp_path) as pool:
        bench = Bench(pool)
        bench.backend = LocalBackend(pool, wake=bench._wake, clock=SystemClock())
        snapshot = await bench.until(job, BackendState.SUCCEEDED, BackendState.FAILED)

    (output,) = snapshot.outputs
    assert output.path is not None
    with Image.open(output.path) as image:
        assert (image.format, image.size) == ("PNG", (320, 200))
    assert [asdict(note) for note in snapshot.notes] == [NOTE]
    assert sorted(path.name for path in output.path.parent.iterdir()) == ["image-1.png", "result.json"]
