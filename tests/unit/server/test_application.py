"""The application behind a proxy: below a path prefix, from other origins."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from server.application import Application
from server.graphql.transports.websocket import PROTOCOL
from server.http_protocol import HttpProtocol
from server.settings import load_settings
from server.socket_protocol import SocketProtocol
from tests.support.asgi_server import free_socket, running_server

pytestmark = pytest.mark.anyio

PAGE = "https://page.example"


@pytest.fixture
async def proxied(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The application under https://host.example/ai, as the proxy calls it."""
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "index.html").write_text("<title>GraphiQL</title>")
    environment = {"DOITONG_BASE_URL": "https://host.example/ai/", "DOITONG_ALLOWED_ORIGINS": f"{PAGE}/"}
    settings = replace(load_settings(environment, data_directory=tmp_path / "data"), graphiql=dist)
    application = Application(settings)
    async with application.running():
        transport = httpx.ASGITransport(application.asgi())
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            yield client


@pytest.mark.parametrize("prefix", ["", "/ai"], ids=["removed by the proxy", "passed on by the proxy"])
async def test_everything_works_below_a_path_prefix(proxied: httpx.AsyncClient, prefix: str) -> None:
    html = {"Accept": "text/html"}

    assert (await proxied.get(f"{prefix}/")).headers["location"] == "/ai/graphiql/"
    assert (await proxied.get(f"{prefix}/graphiql")).headers["location"] == "/ai/graphiql/"
    assert (await proxied.get(f"{prefix}/graphql", headers=html)).headers["location"] == "/ai/graphiql/"
    assert "GraphiQL" in (await proxied.get(f"{prefix}/graphiql/")).text
    assert (await proxied.get(f"{prefix}/graphiql/config.json")).json()["endpoint"] == "/ai/graphql"
    assert (await proxied.get(f"{prefix}/health")).json() == {"status": "ok"}
    response = await proxied.post(f"{prefix}/graphql", json={"query": "{ __typename }"})
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_any_page_may_read_media_with_the_headers_that_players_send(proxied: httpx.AsyncClient) -> None:
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range,if-none-match,x-player"}
    preflight = await proxied.options("/media/k/f.mp4", headers={"Origin": "https://any.example", **asked})
    response = await proxied.get("/media/k/f.mp4", headers={"Origin": "https://any.example", "Range": "bytes=0-1"})

    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-headers"].startswith("*")
    assert {"Content-Range", "Accept-Ranges", "ETag"} <= set(
        response.headers["access-control-expose-headers"].split(", ")
    )
    assert (preflight.headers["access-control-allow-origin"], response.headers["access-control-allow-origin"]) == (
        "*",
        "*",
    )


async def test_the_api_is_open_to_the_allowed_origins_alone(proxied: httpx.AsyncClient) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    allowed = await proxied.options("/graphql", headers={"Origin": PAGE, **asked})
    other = await proxied.options("/graphql", headers={"Origin": "https://any.example", **asked})

    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, PAGE)
    assert (other.status_code, other.headers.get("access-control-allow-origin")) == (400, None)


async def test_a_prefix_may_have_other_characters_than_those_of_ascii(tmp_path: Path) -> None:
    environment = {"DOITONG_BASE_URL": "https://host.example/bücher"}
    application = Application(load_settings(environment, data_directory=tmp_path / "data"))
    async with application.running():
        transport = httpx.ASGITransport(application.asgi())
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            health = await client.get("/bücher/health")
            redirected = await client.get("/bücher/")

    assert (health.status_code, redirected.headers["location"]) == (200, "/b%C3%BCcher/graphiql/")


@pytest.fixture
async def proxied_url(tmp_path: Path) -> AsyncIterator[str]:
    """A real socket with the address that the proxy connects to."""
    settings = load_settings({"DOITONG_BASE_URL": "https://host.example:443/ai"}, data_directory=tmp_path / "data")
    application = Application(settings)
    bound, url = free_socket()
    async with application.running(), running_server(application.asgi(), bound, http=HttpProtocol, ws=SocketProtocol):
        yield url.replace("http", "ws", 1)


@pytest.mark.parametrize("path", ["/graphql", "/ai/graphql"])
async def test_a_socket_from_a_page_of_our_own_base_url_is_accepted(proxied_url: str, path: str) -> None:
    origin = Origin("https://host.example")
    async with connect(proxied_url + path, subprotocols=[Subprotocol(PROTOCOL)], origin=origin, proxy=None) as socket:
        assert socket.subprotocol == PROTOCOL


async def test_a_socket_from_another_page_is_refused_with_the_reason(proxied_url: str) -> None:
    origin = Origin("https://evil.example")
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{proxied_url}/graphql", subprotocols=[Subprotocol(PROTOCOL)], origin=origin, proxy=None)

    assert refused.value.response.status_code == 403
    assert b"DOITONG_ALLOWED_ORIGINS" in refused.value.response.body


PHOTO = json.dumps({"query": "{ __typename }", "variables": {"image": "data:image/jpeg;base64," + "A" * 20_000_000}})


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
@pytest.mark.parametrize("is_chunked", [False, True], ids=["with its length", "chunked"])
async def test_a_body_over_the_limit_gets_its_413_whole(proxied_url: str, connection: str, *, is_chunked: bool) -> None:
    body = PHOTO.encode()

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    url = proxied_url.replace("ws", "http", 1)
    headers = {"Content-Type": "application/json", "Connection": connection}
    async with httpx.AsyncClient(trust_env=False) as client:
        content = chunks() if is_chunked else body
        response = await client.post(f"{url}/graphql", content=content, headers=headers)
        health = await client.get(f"{url}/health")

    assert response.status_code == 413
    assert "/uploads" in response.json()["errors"][0]["message"]
    assert health.status_code == 200
