"""A subscription over one HTTP response: results as they come, with heartbeats in between."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Generic

from graphql import ExecutionResult
from starlette.types import Receive, Send

from kit.errors import DoitongError
from kit.metrics import OPEN_SUBSCRIPTIONS
from server.graphql.errors import OperationFailed
from server.graphql.request_authentication import P
from server.graphql.responses import EncodedResult, Payload, format_errors
from server.graphql.transports.key_revalidation import KeyRevalidator
from server.graphql.transports.stream_registry import StreamRegistry
from web.error_response import error_payload
from web.errors import RequestErrorCode


@dataclass(frozen=True, slots=True)
class StreamFormat:
    """The framing of a stream. `frame` takes a JSON payload; `failure` frames the errors that end the stream.

    `closing` is sent when the operation is complete, `interruption` when the stream ends before that.
    """

    name: str
    """The transport, in metrics."""
    content_type: str
    opening: bytes
    frame: Callable[[bytes], bytes]
    failure: Callable[[list[Payload]], bytes]
    heartbeat: bytes
    closing: bytes
    interruption: bytes


STOPPING: Final[Payload] = {
    "message": "The server is stopping. Subscribe again in a moment.",
    "extensions": {"code": RequestErrorCode.SERVER_STOPPING.value, "retryable": True},
}


class ResultStream(Generic[P]):
    """Streams the results of one operation to one client."""

    def __init__(
        self,
        results: AsyncGenerator[EncodedResult, None],
        stream_format: StreamFormat,
        *,
        request_id: str,
        headers: Mapping[str, str],
        heartbeat: timedelta,
        key_revalidator: KeyRevalidator[P],
        stream_registry: StreamRegistry,
    ) -> None:
        self.results = results
        self.format = stream_format
        self.request_id = request_id
        self.headers = headers
        self.heartbeat = heartbeat
        self.key_revalidator = key_revalidator
        self.stream_registry = stream_registry
        self._refusal: DoitongError | None = None
        self._timeout = asyncio.timeout(None)

    def close_with_error(self, refusal: DoitongError) -> None:
        """End the stream with this error: its key is no longer valid."""
        self._refusal = refusal
        self._interrupt()

    def end(self) -> None:
        """End the stream because the server is stopping; the client may subscribe again."""
        self._interrupt()

    def _interrupt(self) -> None:
        if not self._timeout.expired():
            self._timeout.reschedule(asyncio.get_running_loop().time())

    async def run(self, receive: Receive, send: Send, *, headers: Mapping[str, str]) -> None:
        """Send until the operation ends or the client disconnects, then close the source."""
        await send({"type": "http.response.start", "status": 200, "headers": self._headers(headers)})
        with OPEN_SUBSCRIPTIONS.counting(self.format.name):
            await self._run(receive, send)

    async def _run(self, receive: Receive, send: Send) -> None:
        async with aclosing(self.results), asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._send_all(send)), group.create_task(_disconnected(receive))]

            def stop(_: asyncio.Task[None]) -> None:
                for task in tasks:
                    task.cancel()

            for task in tasks:
                task.add_done_callback(stop)

    async def _send_all(self, send: Send) -> None:
        await _send_part(send, self.format.opening)
        async with asyncio.TaskGroup() as group:
            # a heartbeat that waits for a slow reader must not be sent after the last part
            heartbeats = group.create_task(self._send_heartbeats(send))
            await self._send_until_interrupted(send)
            heartbeats.cancel()
        is_complete = self._refusal is not None or not self._timeout.expired()
        last = self.format.closing if is_complete else self.format.interruption
        await send({"type": "http.response.body", "body": last, "more_body": False})

    async def _send_until_interrupted(self, send: Send) -> None:
        try:
            async with self._timeout:
                with self.key_revalidator.watching(self), self.stream_registry.holding(self):
                    await self._send_results(send)
        except TimeoutError:
            if not self._timeout.expired():
                raise
            await _send_part(send, self.format.failure([self._interruption()]))

    def _interruption(self) -> Payload:
        return STOPPING if self._refusal is None else error_payload(self._refusal, request_id=self.request_id)

    async def _send_results(self, send: Send) -> None:
        try:
            async for result in self.results:
                await _send_part(send, self.format.frame(result.body(self.request_id)))
        except OperationFailed as failed_results:
            await _send_part(
                send, self.format.failure(format_errors(failed_results.errors, request_id=self.request_id))
            )

    async def _send_heartbeats(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self.heartbeat.total_seconds())
            await _send_part(send, self.format.heartbeat)

    def _headers(self, extra: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
        headers = {
            **extra,
            "content-type": self.format.content_type,
            "cache-control": "no-cache",
            "x-accel-buffering": "no",  # nginx would buffer the results
        }
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


async def single_result(result: ExecutionResult) -> AsyncGenerator[EncodedResult, None]:
    """Yield the single result of a query or mutation."""
    yield EncodedResult(result)


async def failed_results(failure: OperationFailed) -> AsyncGenerator[EncodedResult, None]:
    """Raise the failure on the first read."""
    raise failure
    yield  # makes this a generator


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_part(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
