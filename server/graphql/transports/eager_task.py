"""Work begun at once, and made a task only when it has to wait."""

import asyncio
from collections.abc import Coroutine, Generator


def start_eagerly(work: Coroutine[object, None, None], group: asyncio.TaskGroup) -> asyncio.Task[None] | None:
    """Run `work` up to where it first waits; None when it came to its end without waiting."""
    try:
        awaited = work.send(None)
    except StopIteration:
        return None
    return group.create_task(_carry_on(work, awaited))


async def _carry_on(work: Coroutine[object, None, None], awaited: object) -> None:
    await _Rest(work, awaited)


class _Rest:
    """What is left of a coroutine that waits for something already."""

    __slots__ = ("_awaited", "_work")

    def __init__(self, work: Coroutine[object, None, None], awaited: object) -> None:
        self._work, self._awaited = work, awaited

    def __await__(self) -> Generator[object, None, None]:
        try:
            yield self._awaited
            yield from self._work.__await__()
        finally:
            self._work.close()
