"""Shutdown with connected clients: streams and WebSockets end quickly and in a way that makes clients reconnect."""

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
MAX_SECONDS = 1.5
STREAMS = {"sse": "text/event-stream", "multipart": "multipart/mixed;subscriptionSpec=1.0"}


async def read_stream(server: ServerProcess, http: httpx.AsyncClient, accept: str, started: asyncio.Event) -> str:
    """Return the complete text of a stream; an incomplete response raises."""
    headers = {"x-api-key": server.key, "accept": accept}
    text = ""
    async with http.stream("POST", f"{server.url}/graphql", json={"query": FOLLOW}, headers=headers) as response:
        async for chunk in response.aiter_text():
            text += chunk
            started.set()
    return text


async def open_socket(server: ServerProcess, *, subscribe: bool) -> ClientConnection:
    url = server.url.replace("http", "ws", 1) + "/graphql"
    socket = await connect(url, subprotocols=["graphql-transport-ws"], proxy=None)  # type: ignore[list-item]
    await socket.send(json.dumps({"type": "connection_init", "payload": {"x-api-key": server.key}}))
    await socket.recv()
    if subscribe:
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": FOLLOW}}))
        await socket.send(json.dumps({"type": "ping"}))
        await socket.recv()
    return socket


async def read_to_close(socket: ClientConnection) -> tuple[int | None, list[Any]]:
    """Return the close code and the messages received before it."""
    messages = []
    with suppress(ConnectionClosed):
        while True:
            messages.append(json.loads(await socket.recv()))
    return socket.close_code, messages


async def test_streams_and_websockets_end_quickly_with_a_retryable_error(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    with ServerProcess(directory) as server:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http, asyncio.TaskGroup() as group:
            started = {name: asyncio.Event() for name in STREAMS}
            streams = {
                name: group.create_task(read_stream(server, http, accept, started[name]))
                for name, accept in STREAMS.items()
            }
            sockets = [await open_socket(server, subscribe=subscribe) for subscribe in (True, False)]
            for event in started.values():
                await event.wait()

            stop_time = time.monotonic()
            stopping = group.create_task(asyncio.to_thread(server.stop))
            closes = [await read_to_close(socket) for socket in sockets]
            texts = {name: await stream for name, stream in streams.items()}
            status = await stopping
            duration = time.monotonic() - stop_time

    assert status == 0
    assert duration < MAX_SECONDS
    assert closes == [(1012, []), (1012, [])]
    # Neither completes the subscription: clients would take that for its regular end.
    assert "event: complete" not in texts["sse"]
    assert texts["multipart"].endswith("--graphql--\r\n")
    assert all('"code":"SERVER_STOPPING","retryable":true' in text for text in texts.values())
    # Each line is an event without a traceback, and none is a warning or an error.
    assert {line.split()[1] for line in server.log_file.read_text().splitlines()} == {"info"}


async def test_a_waiting_mutation_returns_the_current_state(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    request = '{ type: IMAGE, provider: "flux-pro", input: { text: "a fox test:hang" } }'
    query = f"mutation {{ generate(wait: 30, input: {request}) {{ id status }} }}"
    query_running = "{ generations { nodes { id } } }"
    with ServerProcess(directory) as server:
        headers = {"x-api-key": server.key}
        async with httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False, timeout=40) as http:
            waiting = asyncio.create_task(http.post("/graphql", json={"query": query}))
            nodes: list[Any] = []
            while not nodes:
                nodes = (await http.post("/graphql", json={"query": query_running})).json()["data"]["generations"][
                    "nodes"
                ]
            stop_time = time.monotonic()
            status = await asyncio.to_thread(server.stop)
            duration = time.monotonic() - stop_time
            response = (await waiting).json()

    assert response == {"data": {"generate": {"id": nodes[0]["id"], "status": "PROCESSING"}}}
    assert (status, duration < MAX_SECONDS) == (0, True)
