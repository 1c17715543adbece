"""Sending one HTTP response."""

from collections.abc import Mapping
from typing import Final

from starlette.types import Send

from server.graphql.responses import Response
from server.graphql.transports.negotiation import JSON

VARY: Final = (b"vary", b"Accept")


async def send_response(send: Send, response: Response, *, media_type: str | None, headers: Mapping[str, str]) -> None:
    """Send the response as `media_type`, or as application/json where the client accepts no JSON type."""
    kind = media_type or JSON
    await send_bytes(
        send,
        response.body(),
        status=response.status_for(kind),
        headers={**headers, **response.headers, "content-type": f"{kind}; charset=utf-8"},
    )


async def send_bytes(send: Send, body: bytes, *, status: int, headers: Mapping[str, str]) -> None:
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    raw += [VARY, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
