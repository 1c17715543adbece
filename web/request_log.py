"""Logs one event per HTTP request: method, path, status, duration, size and client."""

import time
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

from starlette.types import Scope

from generations.execution.backend_job import CALLBACKS
from kit.logs import get_logger
from kit.text import truncate
from media.signed_urls import PREFIX as MEDIA_PREFIX
from web.request import client_of
from web.request_observer import SentResponse

OPAQUE_PREFIXES = (MEDIA_PREFIX, f"{CALLBACKS}/")  # what follows grants access, and is not logged

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


def log_response(scope: Scope, sent: SentResponse) -> None:
    """Log a request at its end."""
    log_request(LoggedRequest.of(scope), status=sent.status, size=sent.size, started=sent.started)


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
