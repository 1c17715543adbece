"""One WebSocket as the operations on it see it."""

import asyncio
from collections.abc import Mapping

from graphql import OperationType
from starlette.types import Message, Scope, Send
from starlette.websockets import WebSocketDisconnect

from server.graphql.context import RequestInfo, Transport
from server.graphql.responses import encode
from web.request import base_url_of, client_of, headers_of

ABNORMAL = 1006  # the code of a socket that went away without one
LONGEST_REASON = 123  # bytes that the frame of a close has for it


class SocketConnection:
    """Where its messages go, and the group that the tasks of its operations are in."""

    __slots__ = ("_keys", "_scope", "_send", "group")

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, send
        self._keys: Mapping[str, str] = {}
        self.group = asyncio.TaskGroup()

    @property
    def headers(self) -> dict[str, str]:
        """Those of the upgrade and the keys of the first message; made anew each time, being rarely asked for."""
        return {**headers_of(self._scope), **self._keys}

    def sign_in(self, keys: Mapping[str, str]) -> None:
        """Let these keys, by the names of their headers, stand for those of the upgrade."""
        self._keys = keys

    async def send(self, text: str) -> None:
        """Send a message, waiting while the client reads too slowly. Raises `WebSocketDisconnect` once it is gone."""
        await self._tell({"type": "websocket.send", "text": text})

    async def send_json(self, message: Mapping[str, object]) -> None:
        await self.send(encode(message).decode())

    async def close(self, code: int, reason: str) -> None:
        """Close the socket, saying of the reason what fits."""
        fitting = reason.encode(errors="replace")[:LONGEST_REASON].decode(errors="ignore")
        await self._tell({"type": "websocket.close", "code": code, "reason": fitting})

    async def _tell(self, message: Message) -> None:
        try:
            await self._send(message)
        except (OSError, RuntimeError) as closed:
            # a RuntimeError where the server gave the socket up by itself, as for a ping without an answer
            raise WebSocketDisconnect(ABNORMAL) from closed

    def info(self, request_id: str, operation_type: OperationType) -> RequestInfo:
        headers = self.headers
        return RequestInfo(
            headers=headers,
            request_id=request_id,
            base_url=base_url_of(self._scope, headers),
            client=client_of(self._scope),
            transport=Transport.WEBSOCKET,
            operation_type=operation_type,
        )
