"""The worker processes of this machine: a fair queue in front, and a fresh process after every crash."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from kit.errors import DeadlineExceeded, DoitongError, GenerationFailed
from studio.request import RenderRequest, RenderResult
from studio.worker_process import Child, WorkerDied, worker_command

TIME_LIMIT = timedelta(minutes=15)
IDLE_LIMIT = timedelta(minutes=10)


class Rendering:
    """A render that was asked for. `result` tells how it ended; until a process has it, it is one entry of a queue."""

    __slots__ = ("_child", "_report", "request", "result")

    def __init__(self, request: RenderRequest, report: Callable[[int], None]) -> None:
        self.request = request
        self.result: asyncio.Future[RenderResult] = asyncio.get_running_loop().create_future()
        self.result.add_done_callback(self._stop)
        self._report = report
        self._child: Child | None = None

    async def cancel(self) -> None:
        """Give it up. When this returns no process works on it."""
        child = self._child
        if self.result.cancel() and child is not None:
            child.kill()
            await child.ended()

    async def run_in(self, child: Child, *, limit: timedelta) -> None:
        """Have `child` do it, and settle `result`. The child is dead afterwards unless it ended in good order."""
        self._child = child
        try:
            async with asyncio.timeout(limit.total_seconds()):
                self._report(0)
                self._settle(await child.render(self.request, report=self._report))
        except DoitongError as error:
            self._settle(error)
        except (WorkerDied, TimeoutError) as error:
            self._child = None
            child.kill()
            await child.ended()
            self._settle(_explain(error, limit))
        finally:
            self._child = None

    def _settle(self, outcome: RenderResult | DoitongError) -> None:
        if self.result.done():
            return
        if isinstance(outcome, DoitongError):
            self.result.set_exception(outcome)
        else:
            self.result.set_result(outcome)

    def _stop(self, result: asyncio.Future[RenderResult]) -> None:
        if result.cancelled() and self._child is not None:
            self._child.kill()


class RenderPool:
    """At most `size` processes. Each is started when first needed and stopped when it had nothing to do for long."""

    def __init__(
        self,
        *,
        size: int,
        directory: Path,
        voices: Path,
        cache: Path,
        command: Sequence[str] | None = None,
        time_limit: timedelta = TIME_LIMIT,
        idle_limit: timedelta = IDLE_LIMIT,
    ) -> None:
        self.directory = directory
        self._size = size
        self._command = command or worker_command(directory=directory, voices=voices, cache=cache)
        self._time_limit = time_limit
        self._idle_limit = idle_limit
        self._waiting: asyncio.Queue[Rendering] = asyncio.Queue()
        self._children: set[Child] = set()
        self._slots: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._slots = [asyncio.create_task(self._serve(), name=f"render-slot-{n}") for n in range(self._size)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for slot in self._slots:
            slot.cancel()
        outcomes = await asyncio.gather(*self._slots, return_exceptions=True)
        while not self._waiting.empty():
            self._waiting.get_nowait().result.cancel()
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    @property
    def pids(self) -> frozenset[int]:
        """The processes that run now."""
        return frozenset(child.pid for child in self._children if child.is_alive)

    def enqueue(self, request: RenderRequest, *, report: Callable[[int], None]) -> Rendering:
        """Put it last in the queue. `report` is called with 0 when it starts, then with the percentage done."""
        rendering = Rendering(request, report)
        self._waiting.put_nowait(rendering)
        return rendering

    async def run(self, request: RenderRequest, *, report: Callable[[int], None]) -> RenderResult:
        """Render and return the result. Cancelling the call kills the process that works on it."""
        return await self.enqueue(request, report=report).result

    async def _serve(self) -> None:
        child: Child | None = None
        rendering: Rendering | None = None
        try:
            while True:
                rendering = await self._next(child)
                if child is not None and (rendering is None or not child.is_alive):
                    await self._dismiss(child)
                    child = None
                if rendering is not None and not rendering.result.done():
                    child = child or await self._start(rendering)
                    if child is not None and not rendering.result.done():
                        await rendering.run_in(child, limit=self._time_limit)
        finally:
            if rendering is not None:
                rendering.result.cancel()
            if child is not None:
                await self._dismiss(child)

    async def _next(self, child: Child | None) -> Rendering | None:
        """The next in the queue, or None when a process has waited for one too long."""
        try:
            async with asyncio.timeout(self._idle_limit.total_seconds() if child is not None else None):
                return await self._waiting.get()
        except TimeoutError:
            return None

    async def _start(self, rendering: Rendering) -> Child | None:
        try:
            child = await Child.start(self._command)
        except OSError as error:
            rendering.result.set_exception(GenerationFailed(f"The local renderer did not start: {error.strerror}."))
            return None
        self._children.add(child)
        return child

    async def _dismiss(self, child: Child) -> None:
        child.kill()
        self._children.discard(child)
        await child.ended()


def _explain(error: WorkerDied | TimeoutError, limit: timedelta) -> DoitongError:
    if isinstance(error, TimeoutError):
        return DeadlineExceeded(f"The local renderer was given {limit.total_seconds():g} seconds and needed more.")
    return GenerationFailed("The local renderer stopped in the middle of the work. Send it again.")
