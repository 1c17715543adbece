"""A queue of results for one client. A slow client gets the latest state of each subject, and always the end."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Protocol

from graphql import GraphQLError

from kit.conflating_queue import ConflatingQueue
from kit.errors import RateLimited
from server.graphql.errors import OperationFailed
from server.graphql.responses import EncodedResult

MAX_SUBJECTS = 1_000  # subjects queued for a client that does not read


class Sink(Protocol):
    """Receives the results of a shared subscription for one subscriber. Neither call blocks."""

    def deliver(self, subject: str, result: EncodedResult) -> None: ...

    def finish(self, failure: OperationFailed | None) -> None: ...


class ResultQueue:
    """Buffers results until the client reads them."""

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
        if len(self._results) > MAX_SUBJECTS:
            # better to end with an error than to lose a state silently
            self._results.clear()
            self.finish(OperationFailed([_too_slow()]))

    def finish(self, failure: OperationFailed | None) -> None:
        if not self.is_finished:
            self.is_finished, self._failure = True, failure

    def take(self) -> EncodedResult | None:
        """Return the next result, or None. Raises `OperationFailed` after the last one, if the subscription failed."""
        entry = self._results.take()
        if entry is not None:
            return entry[1]
        if self._failure is not None:
            raise self._failure
        return None


class AwaitableResultQueue(ResultQueue):
    """A queue whose reader waits for results."""

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
        """Yield every result. Raises `OperationFailed`."""
        while True:
            self._arrived.clear()
            while (result := self.take()) is not None:
                yield result
            if self.is_finished:
                return
            await self._arrived.wait()


def _too_slow() -> GraphQLError:
    refusal = RateLimited(
        f"More than {MAX_SUBJECTS:,} generations changed before the client read their states. Subscribe "
        "again for their current state.",
        limit="concurrent",
    )
    return GraphQLError(refusal.message, original_error=refusal)
