"""Runs a coroutine at once and creates a task only if it suspends."""

import asyncio
from collections.abc import Coroutine, Generator


def start_eagerly(work: Coroutine[object, None, None], group: asyncio.TaskGroup) -> asyncio.Task[None] | None:
    """Run `work` to its first suspension. Return the task of the rest, or None if it finished."""
    try:
        awaited = work.send(None)
    except StopIteration:
        return None
    return group.create_task(_resume(work, awaited))


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
