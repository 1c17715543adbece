"""A pool of worker processes with a FIFO queue. A process that crashes is replaced."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from kit.errors import DeadlineExceeded, DoitongError, GenerationFailed
from kit.logs import get_logger
from studio.request import RenderRequest, RenderResult
from studio.worker_process import WorkerDied, WorkerProcess, worker_command

TIME_LIMIT = timedelta(minutes=15)
IDLE_TIMEOUT = timedelta(minutes=10)

logger = get_logger(__name__)


class RenderJob:
    """A queued or running render. `result` resolves to its files or to the error that ended it."""

    __slots__ = ("_report", "_worker", "request", "result")

    def __init__(self, request: RenderRequest, report: Callable[[int], None]) -> None:
        self.request = request
        self.result: asyncio.Future[RenderResult] = asyncio.get_running_loop().create_future()
        self.result.add_done_callback(self._kill_worker)
        self._report = report
        self._worker: WorkerProcess | None = None

    async def cancel(self) -> None:
        """Cancel the render, and wait until the process that runs it has ended."""
        worker = self._worker
        if self.result.cancel() and worker is not None:
            worker.kill()
            await worker.wait()

    async def run_in(self, worker: WorkerProcess, *, time_limit: timedelta) -> None:
        """Render in `worker` and set `result`. The worker is killed if it crashes or exceeds the time limit."""
        self._worker = worker
        try:
            async with asyncio.timeout(time_limit.total_seconds()):
                self._report(0)
                self._settle(await worker.render(self.request, report=self._report))
        except DoitongError as error:
            self._settle(error)
        except (WorkerDied, TimeoutError) as error:
            self._worker = None
            worker.kill()
            await worker.wait()
            self._fail(worker, error, time_limit)
        finally:
            self._worker = None

    def _settle(self, outcome: RenderResult | DoitongError) -> None:
        if self.result.done():
            return
        if isinstance(outcome, DoitongError):
            self.result.set_exception(outcome)
        else:
            self.result.set_result(outcome)

    def _fail(self, worker: WorkerProcess, error: WorkerDied | TimeoutError, time_limit: timedelta) -> None:
        reason = str(error) or f"no result within {time_limit}"
        logger.error("render_worker_died", pid=worker.pid, exit_code=worker.exit_code, reason=reason)
        self._settle(_to_error(error, time_limit))

    def _kill_worker(self, result: asyncio.Future[RenderResult]) -> None:
        if result.cancelled() and self._worker is not None:
            self._worker.kill()


class RenderPool:
    """Runs at most `size` worker processes, each started on demand and stopped after `idle_timeout` without work."""

    def __init__(
        self,
        *,
        size: int,
        directory: Path,
        voices: Path,
        cache: Path,
        command: Sequence[str] | None = None,
        time_limit: timedelta = TIME_LIMIT,
        idle_timeout: timedelta = IDLE_TIMEOUT,
    ) -> None:
        self.directory = directory
        self._size = size
        self._command = command or worker_command(directory=directory, voices=voices, cache=cache)
        self._time_limit = time_limit
        self._idle_timeout = idle_timeout
        self._queue: asyncio.Queue[RenderJob] = asyncio.Queue()
        self._workers: set[WorkerProcess] = set()
        self._slots: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._slots = [asyncio.create_task(self._run_slot(), name=f"render-slot-{n}") for n in range(self._size)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for slot in self._slots:
            slot.cancel()
        outcomes = await asyncio.gather(*self._slots, return_exceptions=True)
        while not self._queue.empty():
            self._queue.get_nowait().result.cancel()
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    @property
    def pids(self) -> frozenset[int]:
        """The ids of the running processes."""
        return frozenset(worker.pid for worker in self._workers if worker.is_alive)

    def enqueue(self, request: RenderRequest, *, report: Callable[[int], None]) -> RenderJob:
        """Append a render to the queue. `report` is called with 0 when it starts, then with the percentage done."""
        render_job = RenderJob(request, report)
        self._queue.put_nowait(render_job)
        return render_job

    async def run(self, request: RenderRequest, *, report: Callable[[int], None]) -> RenderResult:
        """Render and return the result. Cancelling the call kills the process that runs the render."""
        return await self.enqueue(request, report=report).result

    async def _run_slot(self) -> None:
        worker: WorkerProcess | None = None
        render_job: RenderJob | None = None
        try:
            while True:
                render_job = await self._next_job(worker)
                if worker is not None and (render_job is None or not worker.is_alive):
                    await self._stop_worker(worker)
                    worker = None
                if render_job is not None and not render_job.result.done():
                    worker = worker or await self._start_worker(render_job)
                    if worker is not None and not render_job.result.done():
                        await render_job.run_in(worker, time_limit=self._time_limit)
        finally:
            if render_job is not None:
                render_job.result.cancel()
            if worker is not None:
                await self._stop_worker(worker)

    async def _next_job(self, worker: WorkerProcess | None) -> RenderJob | None:
        """Return the next job of the queue, or None if the worker has been idle for `idle_timeout`."""
        try:
            async with asyncio.timeout(self._idle_timeout.total_seconds() if worker is not None else None):
                return await self._queue.get()
        except TimeoutError:
            return None

    async def _start_worker(self, render_job: RenderJob) -> WorkerProcess | None:
        try:
            worker = await WorkerProcess.start(self._command)
        except OSError as error:
            logger.error("render_worker_not_started", reason=str(error))  # noqa: TRY400  the traceback adds nothing
            render_job.result.set_exception(GenerationFailed(f"The local renderer did not start: {error.strerror}."))
            return None
        self._workers.add(worker)
        return worker

    async def _stop_worker(self, worker: WorkerProcess) -> None:
        worker.kill()
        self._workers.discard(worker)
        await worker.wait()


def _to_error(error: WorkerDied | TimeoutError, time_limit: timedelta) -> DoitongError:
    if isinstance(error, TimeoutError):
        return DeadlineExceeded(
            f"The local renderer exceeded its time limit of {time_limit.total_seconds():g} seconds."
        )
    return GenerationFailed("The local renderer stopped unexpectedly. Submit the generation again.")
