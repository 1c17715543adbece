"""Status calls of clients that poll, served from the cache of results while the generation has not changed."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import replace
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from dialects.kubeez.mcp.authenticated_request import AuthenticatedRequest
from dialects.kubeez.mcp.direct_tool_calls import JSON, METHOD, ToolCallMessage
from kit.errors import RateLimited
from web.cacheable_response import mark_message_cacheable
from web.json_api import JsonResponse
from web.message_ids import result_message
from web.result_cache import count_cached, viewer_key

TOOLS = ("get_generation_status", "get_music_status", "get_status")
PARAMS = frozenset(("name", "arguments"))
METADATA = "_meta"  # in versions from 2026 on
MAX_MESSAGE = 4_096  # bytes
ARGUMENTS = frozenset(("id", "generation_id", "kind"))  # not `wait_seconds`: a cached result does not wait

Execute = Callable[[ToolCallMessage, Request], Awaitable[dict[str, object] | Response]]
"""Return the JSON-RPC answer to a tool call, or the response where it has none."""


def result_key(message: ToolCallMessage, authenticated: AuthenticatedRequest) -> Hashable | None:
    """Return the key of the result of a call that reads a status at once, else None. The id is no part of it."""
    name, arguments = message.params.get("name"), message.params.get("arguments")
    known = PARAMS if message.needs_no_transport else {*PARAMS, METADATA}
    if name not in TOOLS or not isinstance(arguments, dict) or not known.issuperset(message.params):
        return None
    if len(message.body) > MAX_MESSAGE:
        return None
    if not ARGUMENTS.issuperset(arguments) or not all(isinstance(value, str) for value in arguments.values()):
        return None
    viewer = viewer_key(authenticated.call.principal, authenticated.base_url)
    return (viewer, METHOD, message.version, message.envelope, name, *sorted(arguments.items()))


def respond_from_cache(key: Hashable, message: ToolCallMessage, authenticated: AuthenticatedRequest) -> Response | None:
    """Return the response with the cached result and count the read; None without one, or over the limit of reads."""
    result = authenticated.results.get(key)
    if result is None:
        return None
    try:
        authenticated.count_read()
    except RateLimited:
        return None  # the tool reports it
    count_cached(result)
    return _response(key, message, authenticated, result)


async def respond_and_cache(key: Hashable, message: ToolCallMessage, request: Request, execute: Execute) -> Response:
    """Return the response to a call and cache its result, unless it is an error."""
    authenticated = AuthenticatedRequest.of(request.scope)
    with authenticated.results.track() as tracked:
        recorded = replace(authenticated, call=replace(authenticated.call, dependencies=tracked.dependencies))
        answer = await execute(message, Request(recorded.put_in(request.scope), request.receive))
        if isinstance(answer, Response):
            return answer
        if not _is_success(answer):
            return JsonResponse(answer)
        result = orjson.dumps(answer["result"])
        authenticated.results.put(key, result, tracked, key_bytes=len(message.body))
    return _response(key, message, authenticated, result)


def _is_success(response: dict[str, object]) -> bool:
    result: Any = response.get("result")
    return isinstance(result, dict) and not result.get("isError")


def _response(key: Hashable, message: ToolCallMessage, authenticated: AuthenticatedRequest, result: bytes) -> Response:
    """Return the response with a cached result, which the same message with another id may repeat."""
    call = authenticated.call
    mark_message_cacheable(call.request.scope, call.principal, key, message.body)
    return Response(result_message(orjson.dumps(message.id), result), media_type=JSON)
