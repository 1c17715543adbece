"""One HTTP request as the endpoint reads it, and the sending of one answer."""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from starlette.types import Receive, Scope, Send

from server.graphql.errors import RequestError, RequestErrorCode
from server.graphql.responses import Response, encode
from server.graphql.transports.negotiation import JSON


class ClientDisconnected(Exception):
    """The client closed the connection before its request was complete."""


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers by their names in lower case; one that is sent twice is joined by a comma."""
    headers: dict[str, str] = {}
    repeated: dict[str, list[str]] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name in headers:
            repeated.setdefault(name, [headers[name]]).append(value)
        else:
            headers[name] = value
    for name, values in repeated.items():
        headers[name] = ", ".join(values)
    return headers


def request_id_of(scope: Scope) -> str:
    """The id that a middleware gave the request, or a new one."""
    given = scope.get("state", {}).get("request_id")
    return given if isinstance(given, str) else new_request_id()


def new_request_id() -> str:
    return f"req_{secrets.token_hex(12)}"


def base_url_of(scope: Scope, headers: Mapping[str, str]) -> str:
    scheme = scope.get("scheme", "http").replace("ws", "http")
    host = headers.get("host")
    if host is None:
        name, port = scope.get("server") or ("localhost", 80)
        host = f"{name}:{port}"
    return f"{scheme}://{host}"


def client_of(scope: Scope) -> str | None:
    client = scope.get("client")
    return str(client[0]) if client else None


async def read_body(receive: Receive, headers: Mapping[str, str], *, limit: int, patience: timedelta) -> bytes:
    """The whole body. Raises `RequestError` when it is over `limit` bytes or takes too long, and `ClientGone`."""
    declared = headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > 18 or int(declared) > limit):
        raise _too_large(limit)
    try:
        async with asyncio.timeout(patience.total_seconds()):
            return await _whole_body(receive, limit=limit)
    except TimeoutError:
        raise RequestError(
            f"The request body did not arrive within {patience.total_seconds():g} seconds.",
            code=RequestErrorCode.REQUEST_TIMEOUT,
            status=408,
            headers={"connection": "close"},
        ) from None


async def _whole_body(receive: Receive, *, limit: int) -> bytes:
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _too_large(limit: int) -> RequestError:
    return RequestError(
        f"The request body is over {limit:,} bytes.",
        code=RequestErrorCode.PAYLOAD_TOO_LARGE,
        status=413,
        headers={"connection": "close"},
    )


async def send_response(send: Send, answer: Response, *, media_type: str | None, headers: Mapping[str, str]) -> None:
    """Send the answer as that JSON type, or as application/json to a client that takes neither."""
    kind = media_type or JSON
    await send_bytes(
        send,
        encode(answer.payload),
        status=answer.status_for(kind),
        headers={**headers, **answer.headers, "content-type": f"{kind}; charset=utf-8"},
    )


VARY: Final = (b"vary", b"Accept")


async def send_bytes(send: Send, body: bytes, *, status: int, headers: Mapping[str, str]) -> None:
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    raw += [VARY, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
