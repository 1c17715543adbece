"""The graphql-transport-ws protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import Final, Generic

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from kit.errors import DoitongError, Forbidden, RateLimited
from kit.logs import get_logger
from kit.metrics import OPEN_SUBSCRIPTIONS, OPEN_WEBSOCKETS
from kit.text import truncate
from server.graphql.execution.operations import Operations
from server.graphql.request_authentication import Caller, P, RequestAuthenticator
from server.graphql.request_params import GraphQLParams, params_from, parse_json
from server.graphql.transports.key_revalidation import KeyRevalidator
from server.graphql.transports.socket_connection import SocketConnection
from server.graphql.transports.socket_operation import SocketOperation
from server.graphql.transports.websocket_refusal import refuse_websocket
from web.credentials import KEY_HEADERS
from web.error_response import error_payload
from web.errors import RequestError
from web.origins import is_same_origin
from web.request import base_url_of, headers_of

_OPERATIONS = OPEN_SUBSCRIPTIONS.series("websocket")

logger = get_logger(__name__)

MAX_ID_IN_REASON: Final = 80  # characters, so that the rest of the reason fits
PROTOCOL: Final = "graphql-transport-ws"


class CloseCode(IntEnum):
    """Close codes of the protocol."""

    MESSAGE_TOO_BIG = 1009
    TRY_AGAIN_LATER = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INITIALISATION_TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY_INITIALISATIONS = 4429


@dataclass(frozen=True, slots=True)
class SocketSettings:
    """Limits of one socket."""

    init_timeout: timedelta = timedelta(seconds=10)
    max_operations: int = 100
    max_message_characters: int = 1_000_000


class _Close(Exception):
    """Close the socket with this code and reason."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class SocketEndpoint(Generic[P]):
    """Accepts sockets of the same origin, of the allowed origins, and without an origin (not from a browser)."""

    def __init__(
        self,
        operations: Operations,
        authenticator: RequestAuthenticator[P],
        key_revalidator: KeyRevalidator[P],
        allowed_origins: frozenset[str] = frozenset(),
        *,
        base_url: str | None = None,
        settings: SocketSettings | None = None,
    ) -> None:
        self.base_url = base_url
        self.operations = operations
        self.authenticator = authenticator
        self.key_revalidator = key_revalidator
        self.allowed_origins = allowed_origins
        self.settings = settings or SocketSettings()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        headers = headers_of(scope)
        if not self._is_allowed_origin(scope, headers):
            await _reject(scope, send, headers["origin"])
        elif PROTOCOL not in (offered := scope.get("subprotocols", ())):
            # without an accepted subprotocol, browsers fail before they read the close code
            await _accept(send, next(iter(offered), None))
            code, reason = CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable"
            await send({"type": "websocket.close", "code": code, "reason": reason})
        else:
            await _accept(send, PROTOCOL)
            with OPEN_WEBSOCKETS.counting():
                await _Session(self, SocketConnection(scope, send), receive).run()

    def _is_allowed_origin(self, scope: Scope, headers: Mapping[str, str]) -> bool:
        origin = headers.get("origin")
        if origin is None or origin in self.allowed_origins or "*" in self.allowed_origins:
            return True
        own = (base_url_of(scope, headers), self.base_url)
        return any(is_same_origin(origin, url) for url in own if url is not None)


async def _reject(scope: Scope, send: Send, origin: str) -> None:
    """Refuse the upgrade with HTTP 403 and the reason."""
    error = Forbidden(
        f"Pages of {truncate(origin)} may not open a WebSocket here. Add the origin to DOITONG_ALLOWED_ORIGINS, or set "
        "DOITONG_BASE_URL to the URL under which clients reach this server."
    )
    await refuse_websocket(scope, send, error)


async def _accept(send: Send, subprotocol: str | None) -> None:
    await send({"type": "websocket.accept", "subprotocol": subprotocol, "headers": []})


class _Session(Generic[P]):
    """One accepted socket: reads messages and runs operations."""

    __slots__ = ("_connection", "_deadline", "_endpoint", "_receive", "caller", "initialised", "running")

    def __init__(self, endpoint: SocketEndpoint[P], connection: SocketConnection, receive: Receive) -> None:
        self._endpoint = endpoint
        self._connection = connection
        self._receive = receive
        self._deadline = asyncio.timeout(endpoint.settings.init_timeout.total_seconds())
        self.caller: Caller[P] | None = None
        self.initialised = False
        self.running: dict[str, SocketOperation[P]] = {}

    @property
    def headers(self) -> Mapping[str, str]:
        return self._connection.headers

    def close_with_error(self, refusal: DoitongError) -> None:
        """Close the socket with 4403 (Forbidden), because its key is no longer valid.

        Expires the read deadline, so that `_read_messages` ends and closes the socket.
        """
        self._deadline.reschedule(asyncio.get_running_loop().time())

    async def run(self) -> None:
        """Serve the socket until either side closes it. Every operation has ended on return."""
        close: _Close | None = None
        async with self._connection.group:
            try:
                await self._read_messages()
            except WebSocketDisconnect:
                pass
            except _Close as reason:
                close = reason
            finally:
                self._endpoint.key_revalidator.discard(self)
                _OPERATIONS.value -= len(self.running)
                for operation in self.running.values():
                    operation.stop()
                self.running = {}
        if close is not None:
            logger.info("websocket_refused", code=int(close.code), reason=close.reason)
            with suppress(WebSocketDisconnect):
                await self._connection.close(close.code, close.reason)

    async def _read_messages(self) -> None:
        try:
            async with self._deadline:
                while True:
                    await self._handle(await self._next())
        except TimeoutError:
            if not self._deadline.expired():
                raise
            if self.caller is not None:
                raise _Close(CloseCode.FORBIDDEN, "Forbidden") from None
            raise _Close(CloseCode.INITIALISATION_TIMEOUT, "Connection initialisation timeout") from None

    async def _next(self) -> Mapping[str, object]:
        frame = await self._receive()
        if frame["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(frame.get("code", 1005))
        text = frame.get("text")
        if text is None:
            raise _Close(CloseCode.BAD_REQUEST, "Messages must be JSON text")
        if len(text) > self._endpoint.settings.max_message_characters:
            raise _Close(CloseCode.MESSAGE_TOO_BIG, "Message too big: send files to /uploads")
        try:
            message = parse_json(text)
        except RequestError as error:
            raise _Close(CloseCode.BAD_REQUEST, error.message) from None
        if not isinstance(message, dict):
            raise _Close(CloseCode.BAD_REQUEST, "Messages must be JSON objects")
        return message

    async def _handle(self, message: Mapping[str, object]) -> None:
        match message.get("type"):
            case "connection_init":
                await self._initialise(_optional_object(message, "payload"))
            case "ping":
                echo = {"payload": message["payload"]} if "payload" in message else {}
                await self._connection.send_json({"type": "pong", **echo})
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                if operation := self.running.pop(_operation_id(message), None):
                    _OPERATIONS.value -= 1
                    operation.stop()
            case _:
                raise _Close(CloseCode.BAD_REQUEST, "Unknown message type")

    async def _initialise(self, payload: Mapping[str, object]) -> None:
        if self.initialised:
            raise _Close(CloseCode.TOO_MANY_INITIALISATIONS, "Too many initialisation requests")
        self.initialised = True
        keys = {name.lower(): value for name, value in payload.items() if name.lower() in KEY_HEADERS}
        self._connection.set_keys({name: value for name, value in keys.items() if isinstance(value, str)})
        self.caller = await self._identify()
        self._deadline.reschedule(None)
        self._endpoint.key_revalidator.add(self)
        await self._connection.send_json({"type": "connection_ack"})

    async def _identify(self) -> Caller[P]:
        try:
            caller = await self._endpoint.authenticator.identify(self.headers)
        except DoitongError as error:
            if error.retryable:  # clients do not connect again after 4403
                raise _Close(CloseCode.TRY_AGAIN_LATER, "Try again later") from None
            raise _Close(CloseCode.FORBIDDEN, "Forbidden") from None
        if caller.refusal is not None:
            raise _Close(CloseCode.FORBIDDEN, "Forbidden")
        return caller

    async def _subscribe(self, message: Mapping[str, object]) -> None:
        if self.caller is None:
            raise _Close(CloseCode.UNAUTHORIZED, "Unauthorized")
        operation_id, params = _operation_id(message), _operation_params(message)
        if operation_id in self.running:
            shortened_id = operation_id[:MAX_ID_IN_REASON]
            raise _Close(CloseCode.SUBSCRIBER_EXISTS, f"Subscriber for {shortened_id} already exists")
        if len(self.running) >= self._endpoint.settings.max_operations:
            await self._refuse_operation(operation_id)
            return
        self.caller = await self._identify()  # the key may have been revoked or have expired since the last operation
        operation: SocketOperation[P] = SocketOperation(operation_id, self._connection, self._forget)
        self.running[operation_id] = operation
        _OPERATIONS.value += 1
        operation.start(
            params, self.caller, operations=self._endpoint.operations, authenticator=self._endpoint.authenticator
        )

    def _forget(self, ended: SocketOperation[P]) -> None:
        # the id may already belong to a new operation
        if self.running.get(ended.id) is ended:
            del self.running[ended.id]
            _OPERATIONS.value -= 1

    async def _refuse_operation(self, operation_id: str) -> None:
        most = self._endpoint.settings.max_operations
        refusal = RateLimited(f"A connection may run {most} operations at a time.", limit="concurrent")
        errors = [error_payload(refusal, request_id="")]
        await self._connection.send_json({"id": operation_id, "type": "error", "payload": errors})


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
    if not params.has_document and params.query is None:
        raise _Close(CloseCode.BAD_REQUEST, "`payload.query` must be a string")
    return params


def _optional_object(message: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = message.get(name)
    if value is not None and not isinstance(value, dict):
        raise _Close(CloseCode.BAD_REQUEST, f"`{name}` must be an object")
    return value or {}
