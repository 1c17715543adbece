"""Status calls of clients that poll, served from the cache of results while the generation has not changed."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import replace
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from dialects.kubeez.mcp.direct_tool_calls import JSON, METHOD, ToolCallMessage
from dialects.kubeez.mcp.http_call import McpCall
from kit.errors import RateLimited
from web.json_api import JsonResponse
from web.repeatable import mark_repeatable
from web.result_cache import viewer_key

TOOLS = ("get_generation_status", "get_music_status", "get_status")
PARAMS = frozenset(("name", "arguments"))
ARGUMENTS = frozenset(("id", "generation_id", "kind"))  # not `wait_seconds`: a cached result does not wait

Execute = Callable[[ToolCallMessage, Request], Awaitable[dict[str, object]]]
"""Return the JSON-RPC response to a tool call."""


def result_key(message: ToolCallMessage, mcp_call: McpCall) -> Hashable | None:
    """Return the key of the result of a call that reads a status at once, else None. The id is no part of it."""
    name, arguments = message.params.get("name"), message.params.get("arguments")
    if name not in TOOLS or not isinstance(arguments, dict) or not PARAMS.issuperset(message.params):
        return None
    if not ARGUMENTS.issuperset(arguments) or not all(isinstance(value, str) for value in arguments.values()):
        return None
    viewer = viewer_key(mcp_call.call.principal, mcp_call.base_url)
    return (viewer, METHOD, message.version, name, *sorted(arguments.items()))


def respond_from_cache(key: Hashable, message: ToolCallMessage, mcp_call: McpCall) -> Response | None:
    """Return the response with the cached result and count the read; None without one, or over the limit of reads."""
    result = mcp_call.results.get(key)
    if result is None:
        return None
    try:
        mcp_call.count_read()
    except RateLimited:
        return None  # the tool reports it
    return Response(_answer(message, result), media_type=JSON)


async def respond_and_cache(key: Hashable, message: ToolCallMessage, request: Request, execute: Execute) -> Response:
    """Return the response to a call and cache it, unless it is an error.

    The whole response is cached as well, for clients whose messages all have the same id and so repeat byte for byte.
    """
    mcp_call = McpCall.of(request.scope)
    with mcp_call.results.track() as tracked:
        recorded = replace(mcp_call, call=replace(mcp_call.call, dependencies=tracked.dependencies))
        response = await execute(message, Request(recorded.put_in(request.scope)))
        if not _is_success(response):
            return JsonResponse(response)
        result = orjson.dumps(response["result"])
        whole, whole_key = _answer(message, result), (key, message.id)
        mcp_call.results.put(key, result, tracked, key_bytes=len(message.version))
        mcp_call.results.put(whole_key, whole, tracked, key_bytes=len(str(message.id)))
    mark_repeatable(request.scope, mcp_call.call.principal, whole_key)
    return Response(whole, media_type=JSON)


def _is_success(response: dict[str, object]) -> bool:
    result: Any = response.get("result")
    return isinstance(result, dict) and not result.get("isError")


def _answer(message: ToolCallMessage, result: bytes) -> bytes:
    return b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (orjson.dumps(message.id), result)
