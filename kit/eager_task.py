"""Runs a coroutine at once and creates a task only if it suspends."""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Protocol


class TaskFactory(Protocol):
    """A task group or an event loop."""

    def create_task(self, work: Coroutine[object, None, None], /) -> asyncio.Task[None]: ...


def start_eagerly(work: Coroutine[object, None, None], tasks: TaskFactory) -> asyncio.Task[None] | None:
    """Run `work` to its first suspension. Return the task of the rest, or None if it finished."""
    try:
        awaited = work.send(None)
    except StopIteration:
        return None
    return tasks.create_task(_resume(work, awaited))


async def _resume(work: Coroutine[object, None, None], awaited: object) -> None:
    await _Suspended(work, awaited)


class _Suspended:
    """The rest of a coroutine that has already suspended."""

    __slots__ = ("_awaited", "_work")

    def __init__(self, work: Coroutine[object, None, None], awaited: object) -> None:
        self._work, self._awaited = work, awaited

    def __await__(self) -> Generator[object, None, None]:
        try:
            yield self._awaited
            yield from self._work.__await__()
        finally:
            self._work.close()
