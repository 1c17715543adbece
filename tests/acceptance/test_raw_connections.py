"""Raw connections to the server: protocol upgrades, oversized heads and WebSockets on other paths."""

import socket
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

TIMEOUT = 20  # seconds
H2C = {"connection": "Upgrade, HTTP2-Settings", "upgrade": "h2c", "http2-settings": "AAMAAABkAAQAoAAAAAIAAAAA"}


def send_raw(server: ServerProcess, request: bytes) -> tuple[int, dict[str, list[dict[str, object]]]]:
    """Send a request after which the server closes the connection; return the status and the body."""
    address = urlsplit(server.url)
    assert address.hostname is not None
    with socket.create_connection((address.hostname, address.port or 0), timeout=TIMEOUT) as client:
        client.sendall(request)
        response = b""
        while chunk := client.recv(65_536):
            response += chunk
    head, _, body = response.partition(b"\r\n\r\n")
    return int(head.split()[1]), orjson.loads(body)


async def test_an_upgrade_to_http_2_is_ignored(server: ServerProcess) -> None:
    headers = {"x-api-key": server.key, **H2C}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as http:
        for _ in range(3):
            response = await http.post(f"{server.url}/graphql", json={"query": "{ __typename }"})

            assert (response.status_code, response.json()) == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize("field", [b"Accept: " + b"a," * 100_000, b"\r\n".join([b"a: b"] * 101)], ids=["long", "many"])
async def test_an_oversized_head_is_rejected_with_431(server: ServerProcess, field: bytes) -> None:
    status, body = send_raw(server, b"POST /graphql HTTP/1.1\r\nHost: here\r\n" + field + b"\r\n\r\n")

    [error] = body["errors"]
    assert (status, error["extensions"]) == (431, {"code": "HEADERS_TOO_LARGE", "retryable": False})


@pytest.mark.parametrize("path", ["/media/x", "/graphiql/x", "/uploads", "/nothing"])
async def test_websockets_on_other_paths_are_rejected(server: ServerProcess, path: str) -> None:
    with pytest.raises(InvalidStatus) as error:
        await connect(server.url.replace("http", "ws", 1) + path, proxy=None)

    assert error.value.response.status_code == 404
    assert b"GraphQL is at /graphql." in (error.value.response.body or b"")
