"""One WebSocket connection, as its operations use it."""

import asyncio
from collections.abc import Mapping

from graphql import OperationType
from starlette.types import Message, Scope, Send
from starlette.websockets import WebSocketDisconnect

from server.graphql.request_authentication import RequestInfo, Transport
from server.graphql.responses import encode
from web.request import base_url_of, client_of, headers_of

ABNORMAL_CLOSURE = 1006
MAX_REASON_BYTES = 123  # RFC 6455: a control frame has 125 bytes, two of which are the code


class SocketConnection:
    """Sends messages, and holds the task group of the operations."""

    __slots__ = ("_keys", "_scope", "_send", "group")

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, send
        self._keys: Mapping[str, str] = {}
        self.group = asyncio.TaskGroup()

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the upgrade and the keys of `connection_init`. Built on each access to save memory."""
        return {**headers_of(self._scope), **self._keys}

    def set_keys(self, keys: Mapping[str, str]) -> None:
        """Use these keys, by header name, in place of those of the upgrade."""
        self._keys = keys

    async def send(self, text: str) -> None:
        """Send a message; blocks while the client reads slowly. Raises `WebSocketDisconnect` when it is gone."""
        await self._send_message({"type": "websocket.send", "text": text})

    async def send_json(self, message: Mapping[str, object]) -> None:
        await self.send(encode(message).decode())

    async def close(self, code: int, reason: str) -> None:
        """Close the socket; the reason is cut to what a close frame can hold."""
        fitting = reason.encode(errors="replace")[:MAX_REASON_BYTES].decode(errors="ignore")
        await self._send_message({"type": "websocket.close", "code": code, "reason": fitting})

    async def _send_message(self, message: Message) -> None:
        try:
            await self._send(message)
        except (OSError, RuntimeError) as closed:
            # RuntimeError: the server closed the socket itself, for example after an unanswered ping
            raise WebSocketDisconnect(ABNORMAL_CLOSURE) from closed

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
