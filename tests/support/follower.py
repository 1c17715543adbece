"""A client that follows many generations at one server, and connects again when the server was replaced."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from cli.client.graphql_client import PROTOCOL

MAX_OPERATIONS = 100
"""What a server runs at a time for one connection."""
RECONNECT_DELAY = 0.25  # seconds
QUERY = """subscription Follow($id: ID!) {
  generationUpdated(id: $id) { id status stage creditCost completedAt version }
}"""

State = dict[str, Any]


class Follower(AbstractAsyncContextManager["Follower"]):
    """Follows generations at `url`, with a connection for each hundred. `on_state` receives what arrives."""

    def __init__(self, url: str, key: str, on_state: Callable[[State], None]) -> None:
        self._address = url.replace("http", "ws", 1) + "/graphql"
        self._key, self._on_state = key, on_state
        self._connections: list[_Connection] = []
        self._tasks: list[asyncio.Task[None]] = []

    def follow(self, generation_id: str) -> None:
        """Follow a generation to its end."""
        free = next((one for one in self._connections if len(one.followed) < MAX_OPERATIONS), None)
        if free is None:
            free = _Connection(self._address, self._key, self._on_state)
            self._connections.append(free)
            self._tasks.append(asyncio.create_task(free.run()))
        free.follow(generation_id)

    @property
    def open(self) -> set[str]:
        """The generations whose subscriptions have not completed."""
        return {generation_id for one in self._connections for generation_id in one.followed}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        for one in ended:
            if isinstance(one, Exception):
                raise one


class _Connection:
    """A connection with its subscriptions, each of which has the id of its generation."""

    def __init__(self, address: str, key: str, on_state: Callable[[State], None]) -> None:
        self._address, self._key, self._on_state = address, key, on_state
        self.followed: set[str] = set()
        self._to_subscribe: asyncio.Queue[str] = asyncio.Queue()

    def follow(self, generation_id: str) -> None:
        self.followed.add(generation_id)
        self._to_subscribe.put_nowait(generation_id)

    async def run(self) -> None:
        """Receive until cancelled; after the connection was lost, subscribe again to what has not ended."""
        while True:
            try:
                async with connect(self._address, subprotocols=[PROTOCOL], proxy=None) as socket:  # type: ignore[list-item]
                    await self._use(socket)
            except (OSError, WebSocketException):
                await asyncio.sleep(RECONNECT_DELAY)

    async def _use(self, socket: ClientConnection) -> None:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"X-API-Key": self._key}}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        self._to_subscribe = asyncio.Queue()
        for generation_id in self.followed:
            self._to_subscribe.put_nowait(generation_id)
        subscribing = asyncio.create_task(self._subscribe(socket))
        try:
            async for text in socket:
                await self._handle(socket, json.loads(text))
        finally:
            subscribing.cancel()
            await asyncio.gather(subscribing, return_exceptions=True)

    async def _subscribe(self, socket: ClientConnection) -> None:
        while True:
            generation_id = await self._to_subscribe.get()
            payload = {"query": QUERY, "variables": {"id": generation_id}}
            await socket.send(json.dumps({"id": generation_id, "type": "subscribe", "payload": payload}))

    async def _handle(self, socket: ClientConnection, message: dict[str, Any]) -> None:
        match message["type"]:
            case "ping":
                await socket.send(json.dumps({"type": "pong"}))
            case "next":
                assert "errors" not in message["payload"], message
                self._on_state(message["payload"]["data"]["generationUpdated"])
            case "complete":
                self.followed.discard(message["id"])
            case kind:
                raise AssertionError(f"{kind}: {message}")
