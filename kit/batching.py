"""Requests that are made at the same time, run by one call."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
R = TypeVar("R")


class Batcher(Generic[K, R]):
    """Runs everything that is requested while the previous call runs, or in the same turn of the event loop, at once.

    `run` gets the requests and returns the result of each. What it raises, each of its requests raises.
    """

    def __init__(self, run: Callable[[Sequence[K]], Awaitable[Mapping[K, R]]]) -> None:
        self._run = run
        self._next: list[K] | None = None  # those of the call that has not begun
        self._task: asyncio.Task[Mapping[K, R]] | None = None

    async def __call__(self, request: K) -> R:
        """Return the result of the request. A caller that is cancelled does not cancel the call."""
        if self._next is None or self._task is None:
            self._next = []
            self._task = asyncio.create_task(self._run_after(self._task, self._next), name="batch")
            self._task.add_done_callback(_retrieve_exception)
        self._next.append(request)
        return (await asyncio.shield(self._task))[request]

    async def close(self) -> None:
        """Wait until no call runs, not even one whose callers have all been cancelled."""
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    async def _run_after(self, previous: "asyncio.Task[Mapping[K, R]] | None", requests: list[K]) -> Mapping[K, R]:
        if previous is not None and not previous.done():
            await asyncio.wait([previous])
        self._next = None
        return await self._run(requests)


def _retrieve_exception(task: "asyncio.Task[Mapping[K, R]]") -> None:
    """Mark it as retrieved, in case that every caller has been cancelled."""
    if not task.cancelled():
        task.exception()
