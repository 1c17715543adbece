"""Tells observers, such as the log and the metrics, of each HTTP request that has ended."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CLIENT_DISCONNECTED = 499  # nginx's status for a client that went away before the response


@dataclass(frozen=True, slots=True)
class SentResponse:
    """What is known of a response at its end: `size` in bytes, and the start of the request (`time.perf_counter`)."""

    status: int
    size: int
    started: float


Observer = Callable[[Scope, SentResponse], None]


class RequestObserver:
    """ASGI middleware, inside `RequestIds`."""

    def __init__(self, app: ASGIApp, observers: Sequence[Observer]) -> None:
        self._app, self._observers = app, observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status: int | None = None
        size, is_complete = 0, False

        async def send_and_count(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                size += len(message.get("body", b""))
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, send_and_count)
            is_complete = True
        finally:
            sent = SentResponse(status or (CLIENT_DISCONNECTED if is_complete else 500), size, started)
            for observe in self._observers:
                observe(scope, sent)
