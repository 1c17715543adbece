"""One event per HTTP request, without queries, signatures and tokens."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from tests.support.log_events import events_of
from web.request_ids import RequestIds
from web.request_log import log_response
from web.request_observer import RequestObserver

pytestmark = pytest.mark.anyio


async def respond(request: Request) -> Response:
    if "broken" in request.url.path:
        raise LookupError("broken")
    return PlainTextResponse("hello", 201)


async def request_of(caplog: pytest.LogCaptureFixture, path: str) -> Mapping[str, Any]:
    app = Starlette(
        routes=[Route("/{path:path}", respond, methods=["GET", "POST"])],
        middleware=[Middleware(RequestIds), Middleware(RequestObserver, observers=[log_response])],
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("203.0.113.7", 1))
    with caplog.at_level("INFO", "web.request_log"):
        async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
            await client.get(path, headers={"X-Request-Id": "my-id"})
    (logged,) = events_of(caplog, "web.request_log")
    return logged


async def test_it_has_method_path_status_size_duration_client_and_request_id(caplog: pytest.LogCaptureFixture) -> None:
    logged = await request_of(caplog, "/graphql?query=%7Bprompt%7D")

    assert logged["duration_ms"] >= 0
    assert {name: logged[name] for name in ("event", "method", "path", "status", "bytes", "client", "request_id")} == {
        "event": "request",
        "method": "GET",
        "path": "/graphql",
        "status": 201,
        "bytes": 5,
        "client": "203.0.113.7",
        "request_id": "my-id",
    }
    assert "prompt" not in str(logged)


async def test_an_exception_is_a_500(caplog: pytest.LogCaptureFixture) -> None:
    assert (await request_of(caplog, "/broken"))["status"] == 500


async def test_a_client_that_is_gone_is_a_499(caplog: pytest.LogCaptureFixture) -> None:
    async def app(*_: object) -> None:
        """Return without a response, as the endpoints do when the client disconnects."""

    scope: Scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": [], "client": None}

    async def unused(*_: object) -> Any:
        raise ClientDisconnect

    with caplog.at_level("INFO", "web.request_log"):
        await RequestObserver(app, [log_response])(scope, unused, unused)

    assert [logged["status"] for logged in events_of(caplog)] == [499]


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/media/0123.png/cat.png?expires=1&signature=abc", "/media/…"),
        ("/ai/media/0123.png/cat.png", "/ai/media/…"),
        ("/internal/upstream/fal/gen_1/token", "/internal/upstream/…"),
        ("/" + "a" * 500, "/" + "a" * 59 + "…"),
        ("/" + "a" * 500 + "/media/0123.png", "/" + "a" * 59 + "…"),
        ("/%1b[2J/media/0123.png", "/%1B%5B2J/media/…"),
        ("/a%0Ab", "/a%0Ab"),
    ],
)
async def test_paths_are_shortened(caplog: pytest.LogCaptureFixture, path: str, logged: str) -> None:
    assert (await request_of(caplog, path))["path"] == logged
