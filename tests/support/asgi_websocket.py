"""A WebSocket client that calls an ASGI application without a network."""

import asyncio
from collections.abc import MutableMapping, Sequence
from types import TracebackType
from typing import Any, Self

import orjson
from starlette.types import ASGIApp

Message = MutableMapping[str, Any]


class SocketClosed(Exception):
    """The server closed the socket with `code`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class AsgiWebSocket:
    """A connection, opened by entering the context manager and disconnected by leaving it."""

    def __init__(self, app: ASGIApp, *, subprotocols: Sequence[str], headers: dict[str, str] | None = None) -> None:
        self.app = app
        self.accepted_subprotocol: str | None = None
        self._to_server: asyncio.Queue[Message] = asyncio.Queue()
        self._from_server: asyncio.Queue[Message] = asyncio.Queue()
        raw = {"host": "toy", **(headers or {})}
        self._scope = {
            "type": "websocket",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "root_path": "",
            "scheme": "ws",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in raw.items()],
            "subprotocols": list(subprotocols),
            "client": ("127.0.0.1", 50_000),
            "server": ("toy", 80),
        }

    async def __aenter__(self) -> Self:
        self._serving = asyncio.create_task(self._serve())
        self._to_server.put_nowait({"type": "websocket.connect"})
        message = await self._next()
        self.accepted_subprotocol = message["subprotocol"]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.disconnect()

    async def disconnect(self) -> None:
        """Disconnect, and wait until the application returns."""
        self._to_server.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await self._serving

    def send_text(self, text: str) -> None:
        self._to_server.put_nowait({"type": "websocket.receive", "text": text})

    def send_bytes(self, data: bytes) -> None:
        self._to_server.put_nowait({"type": "websocket.receive", "bytes": data})

    def send_json(self, value: object) -> None:
        self.send_text(orjson.dumps(value).decode())

    async def receive_json(self) -> Any:
        message = await self._next()
        assert isinstance(message["text"], str)
        return orjson.loads(message["text"])

    async def _next(self) -> Message:
        message = await asyncio.wait_for(self._from_server.get(), timeout=10)
        if message["type"] == "websocket.close":
            raise SocketClosed(message["code"])
        return message

    async def _serve(self) -> None:
        await self.app(self._scope, self._to_server.get, self._from_server.put)
