"""The server over raw sockets: what has no key costs little, and what every client sends is served."""

import socket
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

PATIENCE = 20  # seconds
H2C = {"connection": "Upgrade, HTTP2-Settings", "upgrade": "h2c", "http2-settings": "AAMAAABkAAQAoAAAAAIAAAAA"}


def answer_to(server: ServerProcess, request: bytes) -> tuple[int, dict[str, list[dict[str, object]]]]:
    """What a server says that then ends the connection."""
    address = urlsplit(server.url)
    assert address.hostname is not None
    with socket.create_connection((address.hostname, address.port or 0), timeout=PATIENCE) as client:
        client.sendall(request)
        answer = b""
        while piece := client.recv(65_536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), orjson.loads(body)


async def test_an_offer_of_http_2_is_ignored_as_java_and_curl_make_it(server: ServerProcess) -> None:
    headers = {"x-api-key": server.key, **H2C}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as http:
        for _ in range(3):
            answer = await http.post(f"{server.url}/graphql", json={"query": "{ __typename }"})

            assert (answer.status_code, answer.json()) == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize("field", [b"Accept: " + b"a," * 100_000, b"\r\n".join([b"a: b"] * 101)], ids=["long", "many"])
async def test_a_head_too_large_is_refused_before_it_is_looked_at(server: ServerProcess, field: bytes) -> None:
    status, body = answer_to(server, b"POST /graphql HTTP/1.1\r\nHost: here\r\n" + field + b"\r\n\r\n")

    [error] = body["errors"]
    assert (status, error["extensions"]) == (431, {"code": "HEADERS_TOO_LARGE", "retryable": False})


@pytest.mark.parametrize("path", ["/media/x", "/graphiql/x", "/uploads", "/nothing"])
async def test_there_is_no_socket_but_graphqls(server: ServerProcess, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(server.url.replace("http", "ws", 1) + path, proxy=None)

    assert refused.value.response.status_code == 403
