"""Tool calls without progress: the SDK handles those of versions before 2026 in the task of their HTTP request.

The SDK's transport starts several tasks and streams for each request, which cost more than the call itself. It handles
everything else.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
import orjson
from mcp.server.connection import Connection
from mcp.server.lowlevel import Server
from mcp.server.runner import serve_one
from mcp.server.streamable_http import check_accept_headers
from mcp.shared.dispatcher import CallOptions
from mcp.shared.exceptions import MCPError, NoBackChannelError
from mcp.shared.jsonrpc_dispatcher import handler_exception_to_error_data
from mcp.shared.message import ServerMessageMetadata
from mcp.shared.transport_context import TransportContext
from mcp_types import DEFAULT_NEGOTIATED_VERSION
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from pydantic import ValidationError
from starlette.requests import Request

METHOD = "tools/call"
JSON = "application/json"
ROUTING_HEADERS = ("mcp-method", "mcp-name")
NO_CHANNEL = TransportContext(kind="streamable-http", can_send_request=False)


@dataclass(frozen=True, slots=True)
class ToolCallMessage:
    """A JSON-RPC request that calls a tool."""

    id: str | int
    params: Mapping[str, Any]
    version: str
    body: bytes
    """The message as it came."""
    envelope: Hashable = None
    """What versions from 2026 on send with a call, on which the response depends; None in those before."""

    @property
    def needs_no_transport(self) -> bool:
        """Whether the SDK can handle it without its transport."""
        return self.envelope is None


@dataclass
class DirectContext:
    """A dispatch context without a channel to the client."""

    request_id: str | int
    message_metadata: ServerMessageMetadata
    transport: TransportContext = NO_CHANNEL
    can_send_request: bool = False
    cancel_requested: anyio.Event = field(default_factory=anyio.Event)

    async def send_raw_request(
        self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        raise NoBackChannelError(method)

    async def notify(self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None) -> None:
        """Do nothing: a JSON response cannot carry notifications."""

    async def progress(self, progress: float, total: float | None = None, message: str | None = None) -> None:
        """Do nothing: the client has not asked for progress."""


def tool_call_message(request: Request, body: bytes) -> ToolCallMessage | None:
    """Return the message if the body is a well-formed tool call, else None."""
    version = request.headers.get("mcp-protocol-version", DEFAULT_NEGOTIATED_VERSION)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != JSON or not check_accept_headers(request)[0]:
        return None
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    match message:
        case {"jsonrpc": "2.0", "id": str() | int() as id, "method": method, "params": dict() as params} if (
            method == METHOD and not isinstance(id, bool)
        ):
            return ToolCallMessage(id, params, version, body, _envelope(request, params, version))
    return None


def _envelope(request: Request, params: Mapping[str, Any], version: str) -> Hashable:
    if version in HANDSHAKE_PROTOCOL_VERSIONS:
        return None
    metadata = orjson.dumps(params.get("_meta"), option=orjson.OPT_SORT_KEYS)
    return (*(request.headers.get(name) for name in ROUTING_HEADERS), metadata)


async def respond_to(server: Server[Any], message: ToolCallMessage, request: Request) -> dict[str, object]:
    """Return the JSON-RPC response to a tool call."""
    context = DirectContext(message.id, ServerMessageMetadata(request_context=request))
    connection = Connection.from_envelope(message.version, None, None)
    response: dict[str, object] = {"jsonrpc": "2.0", "id": message.id}
    try:
        response["result"] = await serve_one(
            server, context, METHOD, message.params, connection=connection, lifespan_state={}
        )
    except (MCPError, ValidationError) as error:
        data = handler_exception_to_error_data(error)
        response["error"] = None if data is None else data.model_dump(mode="json", exclude_none=True)
    return response
