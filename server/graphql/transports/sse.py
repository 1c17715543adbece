"""Server-sent events: the graphql-sse protocol in distinct connections mode."""

from typing import Final

from server.graphql.responses import Payload, encode
from server.graphql.transports.streams import StreamFormat


def _next(payload: bytes) -> bytes:
    # line feeds alone: urql splits at two of them
    return b"event: next\ndata: %b\n\n" % payload


def _failure(errors: list[Payload]) -> bytes:
    return _next(encode({"errors": errors}))


SSE: Final = StreamFormat(
    name="sse",
    content_type="text/event-stream; charset=utf-8",
    opening=b":\n\n",
    frame=_next,
    failure=_failure,
    heartbeat=b":\n\n",
    closing=b"event: complete\ndata:\n\n",
    interruption=b"",  # without the complete event, clients reconnect
)
