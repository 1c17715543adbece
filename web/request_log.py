"""Logs one event per HTTP request: method, path, status, duration, size and client."""

import time
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from generations.execution.backend_job import CALLBACKS
from kit.logs import get_logger
from kit.text import truncate
from media.signed_urls import PREFIX as MEDIA_PREFIX
from web.request import client_of

OPAQUE_PREFIXES = (MEDIA_PREFIX, f"{CALLBACKS}/")  # what follows grants access, and is not logged
CLIENT_DISCONNECTED = 499  # nginx's status for a client that went away before the response

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """The properties of a request that are logged."""

    method: str
    path: str
    client: str | None

    @classmethod
    def of(cls, scope: Scope) -> Self:
        return cls(truncate(scope["method"], quoted=False), _loggable_path(scope["path"]), client_of(scope))


class RequestLog:
    """ASGI middleware, inside `RequestIds`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

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
            status = status or (CLIENT_DISCONNECTED if is_complete else 500)
            log_request(LoggedRequest.of(scope), status=status, size=size, started=started)


def log_request(
    request: LoggedRequest, *, status: int, size: int, started: float, request_id: str | None = None
) -> None:
    """Log a request with the bytes of its response. `started` is of `time.perf_counter`.

    `request_id` is for code that runs outside `RequestIds`.
    """
    logger.info(
        "request",
        method=request.method,
        path=request.path,
        status=status,
        duration_ms=round((time.perf_counter() - started) * 1000, 1),
        bytes=size,
        client=request.client,
        **({} if request_id is None else {"request_id": request_id}),
    )


def _loggable_path(path: str) -> str:
    for prefix in OPAQUE_PREFIXES:
        before, found, _ = path.partition(prefix)
        if found:
            return truncate(quote(before + prefix), quoted=False).rstrip("…") + "…"
    return truncate(quote(path), quoted=False)
