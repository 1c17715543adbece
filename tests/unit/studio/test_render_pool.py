"""The render pool: queueing, cancellation, time limits and replacement of worker processes."""

import asyncio
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from kit.errors import ContentViolation, DeadlineExceeded, GenerationFailed
from providers.backend import GenerationType
from studio.render_pool import RenderPool
from studio.request import RenderRequest
from studio.worker_process import worker_command, worker_environment

pytestmark = pytest.mark.anyio

WORKER = Path(__file__).with_name("scripted_worker.py")
COMMAND = (sys.executable, "-I", "-S", str(WORKER))


def a_pool(
    directory: Path,
    *,
    size: int = 1,
    command: tuple[str, ...] = COMMAND,
    time_limit: timedelta = timedelta(seconds=60),
    idle_timeout: timedelta = timedelta(minutes=5),
) -> RenderPool:
    return RenderPool(
        size=size,
        directory=directory,
        voices=directory,
        cache=directory,
        command=command,
        time_limit=time_limit,
        idle_timeout=idle_timeout,
    )


def a_request(text: str, *, name: str = "gen_1") -> RenderRequest:
    return RenderRequest(id=name, type=GenerationType.IMAGE, input={"text": text}, options={}, seed=1)


def ignore(progress: int) -> None:
    pass


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def wait_until_gone(pid: int) -> None:
    """Wait until the process has ended."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(watched, ended.set)
    async with asyncio.timeout(10):
        await ended.wait()
    loop.remove_reader(watched)
    os.close(watched)


class Progress:
    """Records progress reports; `reached` is set at the awaited value."""

    def __init__(self, awaited: int) -> None:
        self.reported: list[int] = []
        self.reached = asyncio.Event()
        self._awaited = awaited

    def __call__(self, progress: int) -> None:
        self.reported.append(progress)
        if progress >= self._awaited:
            self.reached.set()


async def test_a_render_reports_its_progress_and_returns_its_files(tmp_path: Path) -> None:
    progress = Progress(25)

    async with a_pool(tmp_path) as pool:
        result = await pool.run(a_request("a fox"), report=progress)

    assert progress.reported == [0, 25]
    assert [(output.name, output.title) for output in result.outputs] == [("a.png", "a fox")]


async def test_no_process_is_started_before_the_first_render(tmp_path: Path) -> None:
    async with a_pool(tmp_path) as pool:
        before = pool.pids
        await pool.run(a_request("a fox"), report=ignore)

        assert before == frozenset()
        assert len(pool.pids) == 1


async def test_a_process_is_reused_for_the_next_render(tmp_path: Path) -> None:
    async with a_pool(tmp_path) as pool:
        first = await pool.run(a_request("one"), report=ignore)
        second = await pool.run(a_request("two"), report=ignore)

    assert first.adjustments == second.adjustments


async def test_a_killed_process_fails_one_render_and_the_next_succeeds(tmp_path: Path) -> None:
    async with a_pool(tmp_path) as pool:
        crashing = pool.enqueue(a_request("crash"), report=ignore)
        following = pool.enqueue(a_request("a fox"), report=ignore)

        with pytest.raises(GenerationFailed, match="stopped unexpectedly"):
            await crashing.result
        assert (await following.result).outputs


async def test_a_process_that_sends_an_invalid_reply_is_replaced(tmp_path: Path) -> None:
    async with a_pool(tmp_path) as pool:
        first = await pool.run(a_request("one"), report=ignore)
        with pytest.raises(GenerationFailed):
            await pool.run(a_request("invalid"), report=ignore)
        second = await pool.run(a_request("two"), report=ignore)

    assert first.adjustments != second.adjustments


async def test_an_error_of_the_renderer_is_raised_and_the_process_is_reused(tmp_path: Path) -> None:
    async with a_pool(tmp_path) as pool:
        first = await pool.run(a_request("one"), report=ignore)
        with pytest.raises(ContentViolation, match="no"):
            await pool.run(a_request("violation"), report=ignore)
        second = await pool.run(a_request("two"), report=ignore)

    assert first.adjustments == second.adjustments


async def test_a_render_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    async with a_pool(tmp_path, time_limit=timedelta(seconds=0.3)) as pool:
        with pytest.raises(DeadlineExceeded):
            await pool.run(a_request("hang"), report=ignore)
        assert pool.pids == frozenset()


async def test_cancelling_the_call_kills_the_process(tmp_path: Path) -> None:
    progress = Progress(50)

    async with a_pool(tmp_path) as pool:
        call = asyncio.create_task(pool.run(a_request("hang"), report=progress))
        await progress.reached.wait()
        (pid,) = pool.pids
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        after = await pool.run(a_request("a fox"), report=ignore)

        assert [adjustment.reason for adjustment in after.adjustments] != [str(pid)]
        assert not is_running(pid)


async def test_a_cancelled_render_has_no_process_left(tmp_path: Path) -> None:
    progress = Progress(50)

    async with a_pool(tmp_path) as pool:
        job = pool.enqueue(a_request("hang"), report=progress)
        await progress.reached.wait()
        (pid,) = pool.pids
        await job.cancel()

        assert not is_running(pid)


async def test_a_render_cancelled_in_the_queue_never_starts(tmp_path: Path) -> None:
    progress = Progress(0)

    async with a_pool(tmp_path) as pool:
        first = pool.enqueue(a_request("one"), report=ignore)
        second = pool.enqueue(a_request("two"), report=progress)
        third = pool.enqueue(a_request("three"), report=ignore)
        await second.cancel()

        assert (await first.result).adjustments == (await third.result).adjustments
        assert progress.reported == []


async def test_renders_are_started_in_the_order_of_submission(tmp_path: Path) -> None:
    started: list[int] = []

    def note_start(number: int) -> Callable[[int], None]:
        return lambda progress: started.append(number) if progress == 0 else None

    async with a_pool(tmp_path) as pool:
        jobs = [pool.enqueue(a_request("x"), report=note_start(number)) for number in range(20)]
        await asyncio.gather(*(job.result for job in jobs))

    assert started == list(range(20))


async def test_two_renders_run_side_by_side_in_a_pool_of_two(tmp_path: Path) -> None:
    first, second = Progress(50), Progress(50)

    async with a_pool(tmp_path, size=2) as pool:
        pool.enqueue(a_request("hang"), report=first)
        pool.enqueue(a_request("hang"), report=second)
        await first.reached.wait()
        await second.reached.wait()

        assert len(pool.pids) == 2


async def test_closing_the_pool_ends_its_processes_and_cancels_its_jobs(tmp_path: Path) -> None:
    progress = Progress(50)

    async with a_pool(tmp_path) as pool:
        running = pool.enqueue(a_request("hang"), report=progress)
        waiting = pool.enqueue(a_request("a fox"), report=ignore)
        await progress.reached.wait()
        (pid,) = pool.pids

    assert not is_running(pid)
    assert running.result.cancelled()
    assert waiting.result.cancelled()


async def test_an_idle_process_is_stopped_and_the_next_render_starts_another(tmp_path: Path) -> None:
    async with a_pool(tmp_path, idle_timeout=timedelta(0)) as pool:
        first = await pool.run(a_request("one"), report=ignore)
        await wait_until_gone(int(first.adjustments[0].reason))
        second = await pool.run(a_request("two"), report=ignore)

    assert first.adjustments != second.adjustments


async def test_a_worker_that_cannot_be_started_fails_the_render(tmp_path: Path) -> None:
    async with a_pool(tmp_path, command=(str(tmp_path / "missing"),)) as pool:
        with pytest.raises(GenerationFailed, match="did not start"):
            await pool.run(a_request("a fox"), report=ignore)


async def test_a_busy_worker_ends_when_its_server_is_killed() -> None:
    worker = """
import os, signal
from studio.worker import limit_process
limit_process()
os.write(1, b"%d\\n" % os.getpid())
signal.pause()
"""
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {worker!r}])",
        stdout=asyncio.subprocess.PIPE,
        env=worker_environment(os.environ),
    )
    assert server.stdout is not None
    pid = int(await server.stdout.readline())

    server.kill()
    await server.wait()

    await wait_until_gone(pid)


def test_a_worker_inherits_none_of_the_servers_settings() -> None:
    given = {"PATH": "/bin", "DOITONG_SIGNING_SECRET": "s", "OPENAI_API_KEY": "k"}

    assert worker_environment(given).keys() == {"PATH", "PYTHONPATH", "PYTHONUNBUFFERED", "MALLOC_ARENA_MAX"}


def test_the_worker_is_not_imported_from_the_working_directory(tmp_path: Path) -> None:
    assert "-P" in worker_command(directory=tmp_path, voices=tmp_path, cache=tmp_path)
