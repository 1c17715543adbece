"""Cancels a coroutine at a chosen await."""

import asyncio
from collections.abc import Coroutine, Generator
from itertools import count
from types import coroutine
from typing import Any


@coroutine
def cancel_at(step: int, work: Coroutine[Any, Any, object]) -> Generator[Any, Any, bool]:
    """Drive `work` as a task does, and cancel it at await number `step`; return whether it ended before that."""
    thrown: BaseException | None = None
    for number in count():
        try:
            awaited = work.send(None) if thrown is None else work.throw(thrown)
        except StopIteration:
            return number <= step
        except asyncio.CancelledError:
            return False
        if number == step:
            if awaited is None:  # it gave way to other tasks and waits for nothing
                thrown = asyncio.CancelledError()
                continue
            awaited.cancel()
        try:
            yield awaited
            thrown = None
        except BaseException as error:  # noqa: BLE001  rethrown into `work`
            thrown = error
    raise AssertionError("unreachable")
