"""Counts HTTP requests by API, method and class of the status."""

import time

from starlette._utils import get_route_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dialects.doitong.requests import CREATIONS
from generations.execution.backend_job import CALLBACKS
from kit.instruments import OTHER
from kit.metrics import HTTP_REQUEST_SECONDS, HTTP_REQUESTS
from web.request_log import CLIENT_DISCONNECTED

# The longer of two paths comes first.
FACES = (
    ("graphql", ("/graphql",)),
    ("mcp", ("/mcp",)),
    ("media", ("/media", "/uploads")),
    ("callbacks", (CALLBACKS,)),
    ("omnivideo", ("/api/v1/tasks",)),
    ("apixo", ("/api/v1",)),
    ("kubeez", ("/v1/generate", "/v1/upload", "/v1/balance", "/v1/models")),
    ("openai", ("/v1/images", "/v1/audio", "/v1/videos")),
    ("doitong", ("/v1/generations", *(creation.path for creation in CREATIONS))),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def face_of(scope: Scope) -> str:
    """Return the API that a path belongs to; `other` for pages, health and unknown paths."""
    path = get_route_path(scope)
    for face, parents in FACES:
        for parent in parents:
            if path.startswith(parent) and path[len(parent) : len(parent) + 1] in ("", "/"):
                return face
    return OTHER


def labels_of(scope: Scope, status: int) -> tuple[str, str, str]:
    """Return the labels of a request in `HTTP_REQUESTS`."""
    method = scope["method"]
    return face_of(scope), method if method in METHODS else OTHER, f"{status // 100}xx"


class RequestMetrics:
    """ASGI middleware, inside `PathPrefix`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status: int | None = None
        is_complete = False

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, send_and_note)
            is_complete = True
        finally:
            labels = labels_of(scope, status or (CLIENT_DISCONNECTED if is_complete else 500))
            HTTP_REQUESTS.add(*labels)
            HTTP_REQUEST_SECONDS.observe_since(started, labels[0])
