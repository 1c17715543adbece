"""HTTP servers that receive webhooks."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tests.support.asgi_server import free_socket, running_server

TIMEOUT = 30  # seconds
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class WebhookReceiver:
    """Stores the requests it receives at `url`, and responds with `status`."""

    url: str
    status: int = 204
    requests: asyncio.Queue[tuple[dict[str, str], bytes]] = field(default_factory=asyncio.Queue)

    def asgi(self) -> Starlette:
        return Starlette(routes=[Route("/hook", self._receive, methods=["POST"])])

    async def next(self) -> tuple[dict[str, str], bytes]:
        """Return the headers and body of the next request."""
        async with asyncio.timeout(TIMEOUT):
            return await self.requests.get()

    async def verified(self, secret: str = SECRET) -> dict[str, Any]:
        """Return the payload of the next request after verifying it with the standardwebhooks package."""
        headers, body = await self.next()
        verified: dict[str, Any] = Webhook(secret).verify(body, headers)
        return verified

    async def _receive(self, request: Request) -> Response:
        with suppress(ClientDisconnect):  # by a server that was killed while it sent the body
            self.requests.put_nowait((dict(request.headers), await request.body()))
        return Response(status_code=self.status)


@pytest.fixture
async def webhook_receiver() -> AsyncIterator[WebhookReceiver]:
    bound, url = free_socket()
    receiver = WebhookReceiver(f"{url}/hook")
    async with running_server(receiver.asgi(), bound):
        yield receiver


@dataclass(frozen=True, slots=True)
class ReceivedWebhook:
    """One request, with the time of the test's clock."""

    at: datetime
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class WebhookReceivers:
    """Receivers whose behaviour depends on the path.

    `/status/500` responds with 500, `/redirect` redirects, `/hang` never responds, `/later/410` responds with 410 after
    `released` is set, any other path responds with 204 and the body of `answers`.
    """

    url: str
    now: Callable[[], datetime]
    calls: defaultdict[str, list[ReceivedWebhook]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[str, bytes] = field(default_factory=dict)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def asgi(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self._receive, methods=["POST", "GET"])])

    async def count(self, path: str, wanted: int) -> list[ReceivedWebhook]:
        """Wait until `path` has received that many requests, and return them."""
        while len(self.calls[path]) < wanted:
            self.called.clear()
            await self.called.wait()
        return self.calls[path]

    async def _receive(self, request: Request) -> Response:
        path = request.url.path
        self.calls[path].append(ReceivedWebhook(self.now(), dict(request.headers), await request.body()))
        self.called.set()
        if path.startswith("/hang"):
            await asyncio.Event().wait()
        if path == "/redirect":
            return RedirectResponse("/elsewhere")
        if path.startswith("/later/"):
            await self.released.wait()
        status = int(path.rpartition("/")[2]) if path.startswith(("/status/", "/later/")) else 204
        return Response(self.answers.get(path, b""), status_code=status)
