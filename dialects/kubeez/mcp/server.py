"""The MCP server of the official SDK. Importing it takes a second: it is imported for the first request."""

import json
import logging
from functools import partial
from http import HTTPStatus
from typing import Any, cast

import mcp_types as types
import orjson
from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dialects.kubeez.mcp.authenticated_request import AuthenticatedRequest
from dialects.kubeez.mcp.direct_tool_calls import ToolCallMessage, respond_to, tool_call_message
from dialects.kubeez.mcp.guides import GUIDES, INSTRUCTIONS
from dialects.kubeez.mcp.polled_status import respond_and_cache, respond_from_cache, result_key
from dialects.kubeez.mcp.tool_errors import error_text
from dialects.kubeez.mcp.tools import TOOLS, Tool, ToolCall
from dialects.kubeez.responses import error_fields
from dialects.kubeez.validation import invalid_fields
from kit.errors import DoitongError, InvalidInput
from kit.text import truncate
from kit.version import version
from web.error_response import log_refusal
from web.json_api import MAX_BODY_BYTES, JsonResponse
from web.whole_response import whole_response

NAME = "doitong"
MARKDOWN = "text/markdown"
PROGRESS_TOKEN = b'"progressToken"'

Context = ServerRequestContext[Any, Any]
Paging = types.PaginatedRequestParams | None

# It logs each request, and arguments in some warnings.
logging.getLogger("mcp").setLevel(logging.ERROR)


class McpServer:
    """Handles the requests of one endpoint. Nothing is kept between requests."""

    def __init__(self) -> None:
        self._tools = {tool.name: tool for tool in TOOLS}
        self._listed = [_listed(tool) for tool in TOOLS]
        schemas = {tool.name: tool.input_schema for tool in self._listed}
        self._server: Server[Any] = Server(
            NAME,
            version=version(),
            title="Doitong media generation",
            instructions=INSTRUCTIONS,
            get_tool_input_schema=schemas.get,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read_resource,
        )
        self._server.middleware.clear()  # OpenTelemetry spans of the SDK

    async def handle(self, scope: Scope, receive: Receive, send: Send, *, body: bytes) -> None:
        """Handle one HTTP request, whose scope has an `AuthenticatedRequest`; `receive` yields its `body` again.

        A client that asks for progress gets an event stream, others a JSON document.
        """
        streams = PROGRESS_TOKEN in body
        request = Request(scope, receive)
        message = None if streams else tool_call_message(request, body)
        response = None if message is None else await self._respond(message, request)
        if response is not None:
            await response(scope, receive, send)
        else:
            await self._transport(scope, receive, send, streams=streams)

    async def _respond(self, message: ToolCallMessage, request: Request) -> Response | None:
        """Return the response to a tool call, or None if it is left to the SDK's transport."""
        authenticated = AuthenticatedRequest.of(request.scope)
        key = result_key(message, authenticated)
        if key is None:
            return (
                JsonResponse(await respond_to(self._server, message, request)) if message.needs_no_transport else None
            )
        cached = respond_from_cache(key, message, authenticated)
        execute = partial(respond_to, self._server) if message.needs_no_transport else self._answer_of_transport
        return cached or await respond_and_cache(key, message, request, execute)

    async def _transport(self, scope: Scope, receive: Receive, send: Send, *, streams: bool) -> None:
        manager = StreamableHTTPSessionManager(
            self._server, json_response=not streams, stateless=True, max_request_body_size=MAX_BODY_BYTES
        )
        async with manager.run():
            await manager.handle_request(scope, receive, send)

    async def _answer_of_transport(self, _: ToolCallMessage, request: Request) -> dict[str, object] | Response:
        """Return the JSON-RPC answer in the response of the SDK's transport, or the response if it is no success."""
        response = await whole_response(partial(self._transport, streams=False), request)
        if response.status_code != HTTPStatus.OK:
            return response
        answer: dict[str, object] = orjson.loads(bytes(response.body))
        return answer

    async def _list_tools(self, _: Context, __: Paging) -> types.ListToolsResult:
        return types.ListToolsResult(tools=self._listed)

    async def _call_tool(self, context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            tool = self._tools.get(params.name)
            if tool is None:
                raise InvalidInput(
                    f"There is no tool {truncate(params.name)}: the tools are {', '.join(self._tools)}.",
                    field="name",
                    allowed=list(self._tools),
                    given=params.name,
                )
            return await _run(tool, context, params.arguments or {})
        except DoitongError as error:
            log_refusal(error.code, status=error.status, field=error.field)
            return _error_result(error)

    async def _list_resources(self, _: Context, __: Paging) -> types.ListResourcesResult:
        return types.ListResourcesResult(
            resources=[
                types.Resource(
                    uri=guide.uri,
                    name=guide.name,
                    title=guide.title,
                    description=guide.description,
                    mime_type=MARKDOWN,
                    size=len(guide.text.encode()),
                )
                for guide in GUIDES
            ]
        )

    async def _list_templates(self, _: Context, __: Paging) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=[])

    async def _read_resource(self, _: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        guide = next((guide for guide in GUIDES if guide.uri == params.uri), None)
        if guide is None:
            known = ", ".join(guide.uri for guide in GUIDES)
            message = f"There is no resource {truncate(params.uri)}: the resources are {known}."
            raise MCPError(types.INVALID_PARAMS, message)
        content = types.TextResourceContents(uri=guide.uri, mime_type=MARKDOWN, text=guide.text)
        return types.ReadResourceResult(contents=[content])


async def _run(tool: Tool[Any], context: Context, arguments: dict[str, Any]) -> types.CallToolResult:
    authenticated = AuthenticatedRequest.of(cast(Request, context.request).scope)
    if tool.reads:
        authenticated.count_read()
    try:
        given = tool.input.model_validate(arguments)
    except ValidationError as error:
        raise invalid_fields(error, allowed=list(tool.input.model_fields)) from None
    reported = -1

    async def report_progress(progress: int, message: str) -> None:
        nonlocal reported
        if progress > reported:
            reported = progress
            await context.session.report_progress(progress, 100, message)

    result = await tool.run(ToolCall(authenticated.call, authenticated.base_url, report_progress), given)
    text = types.TextContent(type="text", text=json.dumps(result, ensure_ascii=False))
    return types.CallToolResult(content=[text], structured_content=dict(result))


def _error_result(error: DoitongError) -> types.CallToolResult:
    """Return a tool error: what to do as text, then the fields of the error as JSON."""
    fields = json.dumps(error_fields(error), ensure_ascii=False, default=str)  # renames fields in the message
    texts = (error_text(error), fields)
    return types.CallToolResult(content=[types.TextContent(type="text", text=text) for text in texts], is_error=True)


def _listed(tool: Tool[Any]) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema(),
        output_schema=tool.output_schema(),
        annotations=types.ToolAnnotations(
            title=tool.title,
            read_only_hint=tool.reads,
            destructive_hint=tool.is_destructive,
            idempotent_hint=tool.is_idempotent,
            open_world_hint=not tool.reads and not tool.is_destructive,
        ),
    )
