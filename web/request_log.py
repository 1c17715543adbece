"""Logs one event per HTTP request: method, path, status, duration, size and client."""

import time
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
            logger.info(
                "request",
                method=truncate(scope["method"], quoted=False),
                path=_loggable_path(scope["path"]),
                status=status or (CLIENT_DISCONNECTED if is_complete else 500),
                duration_ms=round((time.perf_counter() - started) * 1000, 1),
                bytes=size,
                client=client_of(scope),
            )


def _loggable_path(path: str) -> str:
    for prefix in OPAQUE_PREFIXES:
        before, found, _ = path.partition(prefix)
        if found:
            return truncate(quote(before + prefix), quoted=False).rstrip("…") + "…"
    return truncate(quote(path), quoted=False)
