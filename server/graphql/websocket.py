"""The graphql-transport-ws protocol: a socket's handshake, and the messages that follow it."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import Final, Generic
from urllib.parse import urlsplit

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from kit.errors import DoitongError, RateLimited
from server.graphql.context import KEY_HEADERS, Caller, Gate, P
from server.graphql.errors import RequestError
from server.graphql.exchange import headers_of
from server.graphql.operations import Operations
from server.graphql.protocol import GraphQLParams, params_from, parse_json
from server.graphql.responses import Payload, encode, refusal_payload
from server.graphql.socket_operation import SocketOperation

PROTOCOL: Final = "graphql-transport-ws"


class CloseCode(IntEnum):
    """Why we close a socket, in the numbers of the protocol."""

    MESSAGE_TOO_BIG = 1009
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INITIALISATION_TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY_INITIALISATIONS = 4429


@dataclass(frozen=True, slots=True)
class SocketSettings:
    """What one socket may cost us."""

    init_timeout: timedelta = timedelta(seconds=10)
    max_operations: int = 100
    max_message_characters: int = 1_000_000


class _Close(Exception):
    """Ends the socket with a code and its reason."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class SocketEndpoint(Generic[P]):
    """Accepts sockets from our own pages, from the allowed origins and from programs, which send no origin."""

    def __init__(
        self,
        operations: Operations,
        gate: Gate[P],
        allowed_origins: frozenset[str] = frozenset(),
        *,
        settings: SocketSettings | None = None,
    ) -> None:
        self.operations = operations
        self.gate = gate
        self.allowed_origins = allowed_origins
        self.settings = settings or SocketSettings()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        headers = headers_of(scope)
        if not self._is_allowed_origin(headers):
            await websocket.close()  # before it is accepted: HTTP 403
        elif PROTOCOL not in (offered := scope.get("subprotocols", ())):
            # clients fail before they read the code of the close when none of their protocols is taken
            await websocket.accept(subprotocol=next(iter(offered), None))
            await websocket.close(CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable")
        else:
            await websocket.accept(subprotocol=PROTOCOL)
            await _Session(websocket, headers, self.operations, self.gate, self.settings).run()

    def _is_allowed_origin(self, headers: Mapping[str, str]) -> bool:
        origin = headers.get("origin")
        if origin is None or origin in self.allowed_origins or "*" in self.allowed_origins:
            return True
        return urlsplit(origin).netloc == headers.get("host")


class _Session(Generic[P]):
    """One accepted socket: reads its messages, and has a task for each of its operations."""

    def __init__(
        self,
        websocket: WebSocket,
        headers: Mapping[str, str],
        operations: Operations,
        gate: Gate[P],
        settings: SocketSettings,
    ) -> None:
        self.websocket = websocket
        self.headers = headers
        self.operations = operations
        self.gate = gate
        self.settings = settings
        self.caller: Caller[P] | None = None
        self.initialised = False
        self.running: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Serve the socket until either side closes it; every operation has ended when this returns."""
        close: _Close | None = None
        async with asyncio.TaskGroup() as group:
            try:
                await self._converse(group)
            except WebSocketDisconnect:
                pass
            except _Close as reason:
                close = reason
            finally:
                for task in self.running.values():
                    task.cancel()
        if close is not None:
            with suppress(WebSocketDisconnect):
                await self.websocket.close(close.code, close.reason)

    async def _converse(self, group: asyncio.TaskGroup) -> None:
        deadline = asyncio.timeout(self.settings.init_timeout.total_seconds())
        try:
            async with deadline:
                while True:
                    await self._handle(await self._receive(), group)
                    if self.caller is not None:
                        deadline.reschedule(None)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise _Close(CloseCode.INITIALISATION_TIMEOUT, "Connection initialisation timeout") from None

    async def _receive(self) -> Mapping[str, object]:
        frame = await self.websocket.receive()
        if frame["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(frame.get("code", 1005))
        text = frame.get("text")
        if text is None:
            raise _Close(CloseCode.BAD_REQUEST, "Messages are text, in JSON")
        if len(text) > self.settings.max_message_characters:
            raise _Close(CloseCode.MESSAGE_TOO_BIG, "Message too big")
        try:
            message = parse_json(text)
        except RequestError:
            raise _Close(CloseCode.BAD_REQUEST, "Messages are objects in JSON") from None
        if not isinstance(message, dict):
            raise _Close(CloseCode.BAD_REQUEST, "Messages are objects in JSON")
        return message

    async def _handle(self, message: Mapping[str, object], group: asyncio.TaskGroup) -> None:
        match message.get("type"):
            case "connection_init":
                await self._initialise(_optional_object(message, "payload"))
            case "ping":
                await self._send({"type": "pong"} | ({"payload": message["payload"]} if "payload" in message else {}))
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(message, group)
            case "complete":
                if task := self.running.pop(_operation_id(message), None):
                    task.cancel()
            case _:
                raise _Close(CloseCode.BAD_REQUEST, "Unknown message type")

    async def _initialise(self, payload: Mapping[str, object]) -> None:
        if self.initialised:
            raise _Close(CloseCode.TOO_MANY_INITIALISATIONS, "Too many initialisation requests")
        self.initialised = True
        keys = {name.lower(): value for name, value in payload.items() if name.lower() in KEY_HEADERS}
        self.headers = {**self.headers, **{name: value for name, value in keys.items() if isinstance(value, str)}}
        self.caller = await self._identify()
        await self._send({"type": "connection_ack"})

    async def _identify(self) -> Caller[P]:
        try:
            caller = await self.gate.identify(self.headers)
        except DoitongError:
            raise _Close(CloseCode.FORBIDDEN, "Forbidden") from None
        if caller.refusal is not None:
            raise _Close(CloseCode.FORBIDDEN, "Forbidden")
        return caller

    async def _subscribe(self, message: Mapping[str, object], group: asyncio.TaskGroup) -> None:
        if self.caller is None:
            raise _Close(CloseCode.UNAUTHORIZED, "Unauthorized")
        operation_id, params = _operation_id(message), _operation_params(message)
        if operation_id in self.running:
            raise _Close(CloseCode.SUBSCRIBER_EXISTS, f"Subscriber for {operation_id[:80]} already exists")
        if len(self.running) >= self.settings.max_operations:
            await self._refuse(operation_id)
            return
        self.caller = await self._identify()  # the key may have been revoked, or have expired, since the last one
        operation = SocketOperation(operation_id, self.websocket, self.headers, self.operations, self.gate)
        task = group.create_task(operation.run(params, self.caller))
        self.running[operation_id] = task
        task.add_done_callback(lambda ended: self._forget(operation_id, ended))

    def _forget(self, operation_id: str, ended: asyncio.Task[None]) -> None:
        # the id may have been taken again by another operation
        if self.running.get(operation_id) is ended:
            del self.running[operation_id]

    async def _refuse(self, operation_id: str) -> None:
        most = self.settings.max_operations
        refusal = RateLimited(f"A connection takes {most} operations at a time.", limit="concurrent")
        await self._send({"id": operation_id, "type": "error", "payload": [refusal_payload(refusal, request_id="")]})

    async def _send(self, message: Payload) -> None:
        await self.websocket.send_text(encode(message).decode())


def _operation_id(message: Mapping[str, object]) -> str:
    operation_id = message.get("id")
    if not isinstance(operation_id, str) or not operation_id:
        raise _Close(CloseCode.BAD_REQUEST, "`id` must be a string that is not empty")
    return operation_id


def _operation_params(message: Mapping[str, object]) -> GraphQLParams:
    try:
        params = params_from(message.get("payload"))
    except RequestError as error:
        raise _Close(CloseCode.BAD_REQUEST, error.message) from None
    if not params.names_a_document and params.query is None:
        raise _Close(CloseCode.BAD_REQUEST, "`payload.query` must be a string")
    return params


def _optional_object(message: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = message.get(name)
    if value is not None and not isinstance(value, dict):
        raise _Close(CloseCode.BAD_REQUEST, f"`{name}` must be an object")
    return value or {}
