"""Keys are printed once: they are in no file of the server and in no line of its log."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from tests.support.cli_process import run_cli
from tests.support.graphql_requests import PROTOCOL
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

ACCOUNT = "{ account { plan } }"


async def test_no_file_and_no_log_line_contains_a_valid_or_invalid_key(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    with ServerProcess(directory) as server:
        live = run_cli("keys", "create", "shop", "--credits", "100", data_directory=directory)
        test = run_cli("keys", "create", "shop", "--test", data_directory=directory)
        wrong = [live[:-1] + ("a" if live[-1] != "a" else "b"), live[:-4], f"{test}x", live.swapcase()]
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=30) as http:
            for key in (server.key, live, test):
                assert [response.status_code for response in await query_with_key(http, key)] == [200] * 3
                await generate(http, key)
            for key in wrong:
                assert {response.status_code for response in await query_with_key(http, key)} == {401}
            token = await create_token(http, server.key)
            assert [response.status_code for response in await query_with_key(http, token)] == [200] * 3
            for key in (live, token, *wrong):
                await send_misplaced_key(http, key)
        await subscribe(server.url, live)
        for key in wrong:
            with pytest.raises(ConnectionClosedError):
                await subscribe(server.url, key)
        assert live not in run_cli("keys", "list", data_directory=directory)
        assert server.stop() == 0

    assert_no_file_has(tmp_path, (server.key, live, test, token, *wrong))


def assert_no_file_has(directory: Path, keys: Sequence[str]) -> None:
    """Check for each key with and without its prefix."""
    written = {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    assert any(path.suffix == ".log" for path in written)
    assert any(content.startswith(b"SQLite format 3") for content in written.values())
    for path, content in written.items():
        for key in keys:
            assert re.sub("^(sk|ct)_(live|test)_", "", key).encode() not in content, f"{path} has a key"


async def query_with_key(http: httpx.AsyncClient, key: str) -> list[httpx.Response]:
    """Send a query with the key in each supported header."""
    body = {"query": ACCOUNT}
    return [
        await http.post("/graphql", json=body, headers={"authorization": f"Bearer {key}"}),
        await http.post("/graphql", json=body, headers={"x-api-key": key}),
        await http.get("/graphql", params={"query": ACCOUNT}, headers={"x-api-key": key}),
    ]


async def create_token(http: httpx.AsyncClient, key: str) -> str:
    """Create a client token with the key."""
    body = {"query": "mutation { createClientToken { token } }"}
    response = await http.post("/graphql", json=body, headers={"x-api-key": key})
    return str(response.json()["data"]["createClientToken"]["token"])


async def generate(http: httpx.AsyncClient, key: str) -> None:
    """Submit a generation with the key."""
    query = 'mutation { generate(input: {type: IMAGE, provider: "flux-pro", input: {text: "a fox"}}, wait: 10) { id } }'
    response = await http.post("/graphql", json={"query": query}, headers={"x-api-key": key})
    assert response.status_code in (200, 402, 503)


async def send_misplaced_key(http: httpx.AsyncClient, key: str) -> None:
    """Send the key in places where it does not belong."""
    await http.post("/graphql", json={"query": ACCOUNT}, headers={"authorization": key})
    await http.post("/graphql", json={"query": ACCOUNT}, headers={"authorization": f"Basic {key}"})
    await http.get(f"/media/{key}")
    await http.get("/graphql", params={"query": ACCOUNT, "key": key, "api_key": key, "token": key})
    await http.post(f"/{key}", content=b"{")
    await http.post("/graphql", content=b"{", headers={"x-api-key": key})


async def subscribe(url: str, key: str) -> None:
    """Open a WebSocket with the key in the connection_init message."""
    address = url.replace("http", "ws", 1) + "/graphql"
    async with connect(address, subprotocols=[PROTOCOL], proxy=None) as socket:  # type: ignore[list-item]
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {key}"}}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
