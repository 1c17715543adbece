"""The server behind nginx and Caddy with TLS and a path prefix, configured as docs/operating.md says."""

import asyncio
import io
import json
import os
import re
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from tests.support.asgi_server import free_port
from tests.support.graphql_requests import PROTOCOL
from tests.support.log_secrecy import secrets_in
from tests.support.reverse_proxy import (
    CADDY,
    HOST,
    NGINX,
    PREFIX,
    Certificate,
    ProxyCommand,
    caddy,
    make_certificate,
    nginx,
    running_proxy,
)
from tests.support.server_process import COMMAND, ROOT, ServerProcess

pytestmark = pytest.mark.anyio

NEEDS_NGINX = pytest.mark.skipif(NGINX is None, reason="nginx was not found")
NEEDS_CADDY = pytest.mark.skipif(CADDY is None, reason="Caddy was not found")
PROXIES = [
    pytest.param(nginx(removes_prefix=False), id="nginx, passing the prefix on", marks=NEEDS_NGINX),
    pytest.param(nginx(removes_prefix=True), id="nginx, removing the prefix", marks=NEEDS_NGINX),
    pytest.param(caddy, id="caddy", marks=NEEDS_CADDY),
]
GENERATE = """mutation ($text: String!, $wait: Int!) {
  generate(wait: $wait, input: { type: IMAGE, provider: "flux-pro", input: { text: $text } }) { id status url }
}"""
CANCEL = "mutation ($id: ID!) { cancelGeneration(id: $id) }"
FOLLOW = "subscription ($id: ID!) { generationUpdated(id: $id) { status } }"
HANGS = "a bird test:hang"
CLIENT = "203.0.113.7"  # of a documentation network
TIMEOUT = 30  # seconds


@dataclass(frozen=True, slots=True)
class ProxiedServer:
    """A server that clients reach at `url`, through a proxy."""

    url: str
    server: ServerProcess
    http_port: int
    certificate: Certificate
    context: ssl.SSLContext

    @property
    def origin(self) -> str:
        return self.url.removesuffix(PREFIX)

    def client(self) -> httpx.AsyncClient:
        headers = {"X-API-Key": self.server.key}
        return httpx.AsyncClient(
            base_url=self.url, verify=self.context, headers=headers, timeout=TIMEOUT, trust_env=False
        )

    def socket(self, *, origin: str) -> connect:
        url = self.url.replace("https", "wss", 1) + "/graphql"
        protocols = [Subprotocol(PROTOCOL)]
        return connect(url, ssl=self.context, subprotocols=protocols, origin=Origin(origin), proxy=None)


@pytest.fixture(scope="module", params=PROXIES)
def proxied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxiedServer]:
    command: ProxyCommand = request.param
    directory = tmp_path_factory.mktemp("proxy")
    data = tmp_path_factory.mktemp("server") / "data"
    data.mkdir()
    https, http = free_port(), free_port()
    certificate = make_certificate(directory)
    url = f"https://{HOST}:{https}{PREFIX}"
    with (
        ServerProcess(data, dev=False, settings={"DOITONG_BASE_URL": url}) as server,
        running_proxy(command, directory, server_url=server.url, https=https, http=http, certificate=certificate),
    ):
        yield ProxiedServer(url, server, http, certificate, certificate.trusting_context())


@pytest.fixture
async def client(proxied: ProxiedServer) -> AsyncIterator[httpx.AsyncClient]:
    async with proxied.client() as opened:
        yield opened


async def execute(client: httpx.AsyncClient, query: str, **variables: object) -> Any:
    response = await client.post("/graphql", json={"query": query, "variables": variables})
    assert response.status_code == 200, response.text
    return response.json()["data"]


async def test_graphql_health_and_readiness_answer(client: httpx.AsyncClient) -> None:
    assert await execute(client, "{ account { plan } }") == {"account": {"plan": "ENTERPRISE"}}
    assert (await client.get("/health")).json() == {"status": "ok"}
    assert (await client.get("/ready")).json() == {"status": "ready"}


async def test_redirects_stay_below_the_prefix(proxied: ProxiedServer, client: httpx.AsyncClient) -> None:
    for path in ("", "/", "/graphiql", "/graphql"):
        page = await client.get(proxied.url + path, headers={"Accept": "text/html"}, follow_redirects=True)

        assert [str(step.url) for step in (*page.history, page) if not str(step.url).startswith(proxied.url)] == []
        assert (str(page.url), page.status_code) == (f"{proxied.url}/graphiql/", 200)


async def test_plain_http_is_redirected_to_https(proxied: ProxiedServer, request: pytest.FixtureRequest) -> None:
    if "caddy" in request.node.name:
        pytest.skip("Caddy does so where it obtains the certificate itself")
    async with httpx.AsyncClient(trust_env=False) as http:
        response = await http.get(f"http://{HOST}:{proxied.http_port}{PREFIX}/ready")

    assert (response.status_code, response.headers["location"]) == (308, f"https://{HOST}{PREFIX}/ready")


@pytest.mark.skipif(not (ROOT / "frontend" / "dist" / "index.html").is_file(), reason="GraphiQL is not built")
async def test_graphiql_and_its_assets_load(client: httpx.AsyncClient) -> None:
    page = await client.get("/graphiql/")
    assets = re.findall(r'(?:src|href)="\./?(assets/[^"]+)"', page.text)

    assert assets
    for asset in assets:
        response = await client.get(f"/graphiql/{asset}")
        assert (response.status_code, "immutable" in response.headers["cache-control"]) == (200, True)
    assert (await client.get("/graphiql/config.json")).json()["endpoint"] == f"{PREFIX}/graphql"


async def test_a_subscription_over_websocket_is_not_buffered(proxied: ProxiedServer, client: httpx.AsyncClient) -> None:
    identifier = (await execute(client, GENERATE, text=HANGS, wait=0))["generate"]["id"]
    async with proxied.socket(origin=proxied.origin) as socket:
        await send(socket, type="connection_init", payload={"X-API-Key": proxied.server.key})
        assert (await receive(socket))["type"] == "connection_ack"
        await send(socket, id="1", type="subscribe", payload={"query": FOLLOW, "variables": {"id": identifier}})
        statuses = [await next_status(socket)]

        assert await execute(client, CANCEL, id=identifier) == {"cancelGeneration": True}
        while statuses[-1] == "PROCESSING":
            statuses.append(await next_status(socket))

    assert (statuses[0], statuses[-1]) == ("PROCESSING", "CANCELLED")


async def test_a_websocket_from_a_foreign_page_is_refused_with_the_reason(proxied: ProxiedServer) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await proxied.socket(origin="https://evil.example")

    assert refused.value.response.status_code == 403
    assert b"DOITONG_ALLOWED_ORIGINS" in refused.value.response.body


@pytest.mark.parametrize("accept", ["text/event-stream", "multipart/mixed;subscriptionSpec=1.0"])
async def test_a_subscription_over_http_is_not_buffered(client: httpx.AsyncClient, accept: str) -> None:
    identifier = (await execute(client, GENERATE, text=HANGS, wait=0))["generate"]["id"]
    body = {"query": FOLLOW, "variables": {"id": identifier}}
    text = ""
    async with (
        client.stream("POST", "/graphql", json=body, headers={"Accept": accept}) as response,
    ):
        chunks = response.aiter_text()
        while '"PROCESSING"' not in text:
            text += await anext(chunks)

        assert await execute(client, CANCEL, id=identifier) == {"cancelGeneration": True}
        async for chunk in chunks:
            text += chunk

    assert '"CANCELLED"' in text


async def test_a_media_url_of_a_response_is_read_in_ranges(proxied: ProxiedServer, client: httpx.AsyncClient) -> None:
    generation = (await execute(client, GENERATE, text="a bird", wait=TIMEOUT))["generate"]
    whole = await client.get(generation["url"])
    part = await client.get(generation["url"], headers={"Range": "bytes=1-3", "Origin": "https://any.example"})

    assert generation["url"].startswith(f"{proxied.url}/media/")
    assert (whole.status_code, whole.headers["content-type"]) == (200, "image/png")
    assert (part.status_code, part.content) == (206, b"PNG")
    assert part.headers["content-range"] == f"bytes 1-3/{len(whole.content)}"
    assert part.headers["access-control-allow-origin"] == "*"


async def test_a_file_of_2_megabytes_is_uploaded(proxied: ProxiedServer, client: httpx.AsyncClient) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (850, 850, 3), dtype=np.uint8))
    buffer = io.BytesIO()
    noise.save(buffer, "PNG")
    content = buffer.getvalue()

    response = await client.post("/uploads", content=content, headers={"Content-Type": "image/png"})

    assert (response.status_code, len(content) > 2_000_000) == (201, True)
    assert response.json()["url"].startswith(f"{proxied.url}/media/")
    assert (await client.get(response.json()["url"])).content == content


@pytest.mark.parametrize("megabytes", [2, 20, 130])
async def test_a_body_that_is_too_large_gets_the_413_of_the_server(client: httpx.AsyncClient, megabytes: int) -> None:
    content = b"A" * megabytes * 1_000_000  # the client encrypts all of it before it sends the first byte
    response = await client.post("/graphql", content=content, headers={"Content-Type": "application/json"})

    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert (await client.get("/health")).status_code == 200


async def test_an_upload_of_20_megabytes_with_a_wrong_key_gets_its_401(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "image/png", "X-API-Key": "sk_test_wrong"}
    response = await client.post("/uploads", content=bytes(20_000_000), headers=headers)

    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


async def test_the_log_has_the_address_of_the_client(
    proxied: ProxiedServer, client: httpx.AsyncClient, request: pytest.FixtureRequest
) -> None:
    expected = "127.0.0.1" if "caddy" in request.node.name else CLIENT  # Caddy replaces the header of its client
    headers = {"X-Forwarded-For": CLIENT, "X-Request-Id": "from-the-client"}
    response = await client.get("/health", headers=headers)

    assert response.headers["x-request-id"] == "from-the-client"
    async with asyncio.timeout(TIMEOUT):
        while not (lines := re.findall("^.* request_id=from-the-client$", proxied.server.log_file.read_text(), re.M)):
            await client.get("/health")  # the line is written after the response
    assert f" path={PREFIX}/health status=200 " in lines[0]
    assert f" client={expected} " in lines[0]


@pytest.mark.skipif(CADDY is None, reason="Caddy was not found")
async def test_caddy_logs_an_error_without_the_key_and_the_signature_of_the_request(tmp_path: Path) -> None:
    https, http, nobody = free_port(), free_port(), free_port()
    certificate = make_certificate(tmp_path)
    url = f"https://{HOST}:{https}{PREFIX}/media/{'a' * 64}.png/gen_1.png?expires=1827486000&signature={'s' * 43}"
    with running_proxy(
        caddy,
        tmp_path,
        server_url=f"http://127.0.0.1:{nobody}",
        https=https,
        http=http,
        certificate=certificate,
    ):
        async with httpx.AsyncClient(verify=certificate.trusting_context(), trust_env=False) as client:
            response = await client.get(url, headers={"X-API-Key": f"sk_live_{'k' * 38}"})
            assert response.status_code == 502
    log = (tmp_path / "output.log").read_text()

    assert "connection refused" in log
    assert not secrets_in(log)


@pytest.mark.parametrize(
    ("trusted", "expected"), [("127.0.0.4/30", CLIENT), ("10.0.0.0/8", "127.0.0.6")], ids=["trusted", "not trusted"]
)
async def test_the_address_of_the_client_is_taken_from_trusted_proxies_alone(
    trusted: str, expected: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    transport = httpx.AsyncHTTPTransport(local_address="127.0.0.6")
    with ServerProcess(data, settings={"DOITONG_TRUSTED_PROXIES": trusted}) as server:
        async with httpx.AsyncClient(transport=transport) as proxy:
            response = await proxy.get(f"{server.url}/health", headers={"X-Forwarded-For": CLIENT})
        assert response.status_code == 200
        server.stop()

    assert " path=/health status=200 " in server.log_file.read_text()
    assert f" client={expected} " in server.log_file.read_text()


def test_the_command_line_client_trusts_the_authorities_of_ssl_cert_file(
    proxied: ProxiedServer, tmp_path: Path
) -> None:
    settings = {"DOITONG_URL": proxied.url, "DOITONG_API_KEY": proxied.server.key}
    generated = subprocess.run(
        [*COMMAND, "generate", "a bird", "--provider", "flux-pro", "--output", "bird.png"],
        env={**os.environ, **settings, "PYTHONPATH": str(ROOT), "SSL_CERT_FILE": str(proxied.certificate.chain)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert generated.returncode == 0, generated.stderr
    assert (tmp_path / "bird.png").read_bytes().startswith(b"\x89PNG")


async def send(socket: ClientConnection, **message: object) -> None:
    await socket.send(json.dumps(message))


async def receive(socket: ClientConnection) -> Any:
    return json.loads(await socket.recv())


async def next_status(socket: ClientConnection) -> str:
    message = await receive(socket)
    assert message["type"] == "next", message
    return str(message["payload"]["data"]["generationUpdated"]["status"])
