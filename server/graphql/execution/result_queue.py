"""The results on their way to one client: a slow one gets the newest state of each thing, and always the end."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Protocol

from graphql import GraphQLError

from kit.conflating_queue import ConflatingQueue
from kit.errors import RateLimited
from server.graphql.errors import OperationFailed
from server.graphql.responses import EncodedResult

MOST_SUBJECTS = 1_000  # things whose newest state is kept for a client that does not read


class Sink(Protocol):
    """Where the results of a shared subscription go for one of those who asked. Neither call waits."""

    def deliver(self, subject: str, result: EncodedResult) -> None: ...

    def finish(self, failure: OperationFailed | None) -> None: ...


class ResultQueue:
    """Takes results at any pace and gives them away at the reader's."""

    __slots__ = ("_failure", "_results", "is_finished")

    def __init__(self) -> None:
        self.is_finished = False
        self._results: ConflatingQueue[EncodedResult] = ConflatingQueue()
        self._failure: OperationFailed | None = None

    def __len__(self) -> int:
        return len(self._results)

    def put(self, subject: str, result: EncodedResult) -> None:
        if self.is_finished:
            return
        self._results.put(subject, result)
        if len(self._results) > MOST_SUBJECTS:
            # rather an end that is told than a state that is silently missed
            self._results.clear()
            self.finish(OperationFailed([_too_slow()]))

    def finish(self, failure: OperationFailed | None) -> None:
        if not self.is_finished:
            self.is_finished, self._failure = True, failure

    def take(self) -> EncodedResult | None:
        """The next result, or None when there is none now. Raises the `OperationFailed` that comes after the last."""
        entry = self._results.take()
        if entry is not None:
            return entry[1]
        if self._failure is not None:
            raise self._failure
        return None


class AwaitableResultQueue(ResultQueue):
    """A mailbox whose reader waits at it."""

    __slots__ = ("_arrived",)

    def __init__(self) -> None:
        super().__init__()
        self._arrived = asyncio.Event()

    def deliver(self, subject: str, result: EncodedResult) -> None:
        self.put(subject, result)
        self._arrived.set()

    def finish(self, failure: OperationFailed | None) -> None:
        super().finish(failure)
        self._arrived.set()

    async def results(self) -> AsyncGenerator[EncodedResult, None]:
        """Every result until the end. Raises `OperationFailed`."""
        while True:
            self._arrived.clear()
            while (result := self.take()) is not None:
                yield result
            if self.is_finished:
                return
            await self._arrived.wait()


def _too_slow() -> GraphQLError:
    refusal = RateLimited(
        f"More than {MOST_SUBJECTS:,} generations changed before you read of them. Subscribe again for their "
        "present state.",
        limit="concurrent",
    )
    return GraphQLError(refusal.message, original_error=refusal)
