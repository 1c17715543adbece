"""Reading a request body within a limit of bytes and time."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from starlette.types import Receive

from web.errors import RequestError, RequestErrorCode


class ClientDisconnected(Exception):
    """The client closed the connection before its request was complete."""


async def read_body(
    receive: Receive,
    headers: Mapping[str, str],
    *,
    limit: int,
    timeout: timedelta,  # noqa: ASYNC109 - kept by asyncio.timeout below
) -> bytes:
    """Return the whole body.

    Raises `RequestError`: 413 for more than `limit` bytes, 408 after `timeout`; and `ClientDisconnected`.
    """
    content_length = headers.get("content-length", "")
    if content_length.isdecimal() and (len(content_length) > 18 or int(content_length) > limit):
        raise _too_large(limit)
    try:
        async with asyncio.timeout(timeout.total_seconds()):
            return await _whole_body(receive, limit=limit)
    except TimeoutError:
        raise RequestError(
            f"The request body did not arrive within {timeout.total_seconds():g} seconds.",
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
        f"The request body is over {limit:,} bytes. Send files to /uploads and pass their ids.",
        code=RequestErrorCode.PAYLOAD_TOO_LARGE,
        status=413,
    )
