"""Stopping a server that clients are connected to: at once, and so that they notice and come back."""

import asyncio
import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.server_process import ServerProcess

pytestmark = [pytest.mark.anyio, pytest.mark.serial]

FOLLOW = "subscription { generationsUpdated { id } }"
AT_ONCE = 1.5  # seconds
STREAMS = {"sse": "text/event-stream", "multipart": "multipart/mixed;subscriptionSpec=1.0"}


async def followed(server: ServerProcess, http: httpx.AsyncClient, accept: str, begun: asyncio.Event) -> str:
    """All that a stream held, once it has ended in order; what breaks off raises."""
    headers = {"x-api-key": server.key, "accept": accept}
    text = ""
    async with http.stream("POST", f"{server.url}/graphql", json={"query": FOLLOW}, headers=headers) as response:
        async for piece in response.aiter_text():
            text += piece
            begun.set()
    return text


async def open_socket(server: ServerProcess, *, subscribe: bool) -> ClientConnection:
    address = server.url.replace("http", "ws", 1) + "/graphql"
    socket = await connect(address, subprotocols=["graphql-transport-ws"], proxy=None)  # type: ignore[list-item]
    await socket.send(json.dumps({"type": "connection_init", "payload": {"x-api-key": server.key}}))
    await socket.recv()
    if subscribe:
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": FOLLOW}}))
        await socket.send(json.dumps({"type": "ping"}))
        await socket.recv()
    return socket


async def close_of(socket: ClientConnection) -> tuple[int | None, list[Any]]:
    """The code of the close, and what came before it."""
    messages = []
    with suppress(ConnectionClosed):
        while True:
            messages.append(json.loads(await socket.recv()))
    return socket.close_code, messages


async def test_a_stop_ends_streams_and_sockets_at_once_and_in_order(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    with ServerProcess(directory) as server:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http, asyncio.TaskGroup() as group:
            begun = {name: asyncio.Event() for name in STREAMS}
            streams = {
                name: group.create_task(followed(server, http, accept, begun[name])) for name, accept in STREAMS.items()
            }
            sockets = [await open_socket(server, subscribe=subscribe) for subscribe in (True, False)]
            for event in begun.values():
                await event.wait()

            started = time.monotonic()
            stopping = group.create_task(asyncio.to_thread(server.stop))
            closes = [await close_of(socket) for socket in sockets]
            texts = {name: await stream for name, stream in streams.items()}
            status = await stopping
            took = time.monotonic() - started

    assert status == 0
    assert took < AT_ONCE
    assert closes == [(1012, []), (1012, [])]
    # Neither says that the subscription is complete: clients would take it for the last of the news.
    assert "event: complete" not in texts["sse"]
    assert texts["multipart"].endswith("--graphql--\r\n")
    assert all('"code":"SERVER_STOPPING","retryable":true' in text for text in texts.values())
    assert (directory.parent / "data.log").read_text() == ""


async def test_a_request_that_waits_is_answered_with_how_it_stands(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    wanted = '{ type: IMAGE, provider: "flux-pro", input: { text: "a fox test:hang" } }'
    query = f"mutation {{ generate(wait: 30, input: {wanted}) {{ id status }} }}"
    running = "{ generations { nodes { id } } }"
    with ServerProcess(directory) as server:
        headers = {"x-api-key": server.key}
        async with httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False, timeout=40) as http:
            waiting = asyncio.create_task(http.post("/graphql", json={"query": query}))
            nodes: list[Any] = []
            while not nodes:
                nodes = (await http.post("/graphql", json={"query": running})).json()["data"]["generations"]["nodes"]
            started = time.monotonic()
            status = await asyncio.to_thread(server.stop)
            took = time.monotonic() - started
            answer = (await waiting).json()

    assert answer == {"data": {"generate": {"id": nodes[0]["id"], "status": "PROCESSING"}}}
    assert (status, took < AT_ONCE) == (0, True)
