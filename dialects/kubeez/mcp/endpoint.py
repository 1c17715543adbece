"""`POST /mcp`, and the OAuth metadata that tells clients how to authenticate."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Receive, Scope, Send

from accounts.principal import Scope as KeyScope
from dialects.kubeez.mcp.authenticated_request import AuthenticatedRequest
from kit.errors import DoitongError, Unauthenticated
from web.error_response import error_headers, log_refusal
from web.errors import RequestError
from web.json_api import BODY_TIMEOUT, MAX_BODY_BYTES, ApiServices, Call, JsonResponse
from web.request import base_url_of, headers_of
from web.request_body import ClientDisconnected, read_body

if TYPE_CHECKING:
    from dialects.kubeez.mcp.server import McpServer

PATH = "/mcp"
METADATA = "/.well-known/oauth-protected-resource"
SERVER_ERROR = -32000  # JSON-RPC, implementation-defined
AUTHENTICATION_HINT = "Send an API key as `Authorization: Bearer sk_…` or `X-API-Key: sk_…`. There is no OAuth sign-in."


def mcp_routes(services: ApiServices) -> list[BaseRoute]:
    """Return the routes of MCP."""

    async def metadata(request: Request) -> Response:
        base_url = services.public_url(base_url_of(request.scope, headers_of(request.scope)))
        return JsonResponse(resource_metadata(base_url))

    return [
        Route(PATH, McpEndpoint(services), methods=["POST"]),
        Route(METADATA, metadata),
        Route(f"{METADATA}{PATH}", metadata),
    ]


def resource_metadata(base_url: str) -> dict[str, object]:
    """Return the metadata of RFC 9728. Without an authorization server: keys are issued by the operator."""
    return {
        "resource": f"{base_url}{PATH}",
        "resource_name": "Doitong MCP",
        "bearer_methods_supported": ["header"],
        "scopes_supported": [KeyScope.GENERATE.value, KeyScope.READ.value],
        "authentication": AUTHENTICATION_HINT,
    }


class McpEndpoint:
    """An ASGI application. The SDK is imported, in a thread, for the first request with a key."""

    def __init__(self, services: ApiServices) -> None:
        self._api = services
        self._lock = asyncio.Lock()
        self._mcp: McpServer | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, headers, response_headers = Request(scope, receive), headers_of(scope), dict[str, str]()
        base_url = base_url_of(scope, headers)
        public_url = self._api.public_url(base_url)
        try:
            principal = await self._api.authenticate(headers)
            self._api.set_read_limit_headers(principal, response_headers)
            body = await read_body(receive, headers, limit=MAX_BODY_BYTES, timeout=BODY_TIMEOUT)
        except (DoitongError, RequestError) as error:
            await _refusal(error, public_url, response_headers)(scope, receive, send)
            return
        except ClientDisconnected:
            return
        sign_url = self._api.url_signer(base_url)
        call = Call(principal, self._api.services, sign_url, request, headers, response_headers, public_url)
        count_read = partial(self._api.count_read, principal, response_headers)
        authenticated = AuthenticatedRequest(call, public_url, count_read, self._api.results)
        mcp = self._mcp or await self._load()
        await mcp.handle(
            authenticated.put_in(scope),
            _with_body(body, receive),
            _with_headers(send, response_headers),
            body=body,
        )

    async def _load(self) -> "McpServer":
        async with self._lock:
            if self._mcp is None:
                self._mcp = await asyncio.to_thread(_create_server)
            return self._mcp


def _create_server() -> "McpServer":
    from dialects.kubeez.mcp.server import McpServer

    return McpServer()


def _refusal(error: DoitongError | RequestError, base_url: str, response_headers: Mapping[str, str]) -> Response:
    """Return a JSON-RPC error; for a missing or wrong key, with where to read how to authenticate."""
    log_refusal(error.code, status=error.status)
    own_headers = dict(error.headers) if isinstance(error, RequestError) else error_headers(error)
    message = error.message
    if isinstance(error, Unauthenticated):
        own_headers["www-authenticate"] = (
            f'Bearer error="invalid_token", error_description="{AUTHENTICATION_HINT.replace("…", "...")}", '
            f'resource_metadata="{base_url}{METADATA}{PATH}"'
        )
        message = f"{message} There is no OAuth sign-in: keys come from the operator of this server."
    status, body = error_body(error, message)
    return JsonResponse(body, status, {**response_headers, **own_headers})


def error_body(error: DoitongError | RequestError, message: str | None = None) -> tuple[int, object]:
    """Return the HTTP status and the JSON-RPC error of a request that is refused before its message is read."""
    data = {"code": error.code.value, "retryable": getattr(error, "retryable", False)}
    content = {"code": SERVER_ERROR, "message": message or error.message, "data": data}
    return error.status, {"jsonrpc": "2.0", "id": None, "error": content}


def _with_body(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that begins with the whole body."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again


def _with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    """Return a `send` that adds the headers as they are when the response starts."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return send_with_headers
