"""Responses with a stored file: whole or a range, with ETags."""

from collections.abc import AsyncIterator, Mapping

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from media.byte_range import UnsatisfiableRange, requested_range
from media.store import MediaStore, StoredFile, StoreUnavailable


class FileResponse(StreamingResponse):
    """A file whose store may fail while it is sent: then the response stays unfinished, which closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except StoreUnavailable:
            return


async def file_response(
    store: MediaStore,
    stored: StoredFile,
    *,
    method: str,
    headers: Mapping[str, str],
    filename: str,
    cache_control: str,
) -> Response:
    """Return the response to a GET or HEAD request with these headers, by lower-case name.

    Raises `NotFound` and `StoreUnavailable`.
    """
    tag = f'"{stored.sha256}"'
    response_headers = {"ETag": tag, "Cache-Control": cache_control}
    if _matches(headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=response_headers)
    response_headers |= {
        "Accept-Ranges": "bytes",
        "Content-Type": stored.media_type,
        "Content-Disposition": f'inline; filename="{filename}"',
    }
    try:
        part = requested_range(_range_header(method, headers, tag), stored.size)
    except UnsatisfiableRange:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{stored.size}"})
    start, length = part or (0, stored.size)
    response_headers["Content-Length"] = str(length)
    if part is not None:
        response_headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{stored.size}"
    if method == "HEAD":
        content = _empty()
    else:
        content = await _with_first_chunk(store.open(stored.key, start=start, length=length))
    return FileResponse(content, status_code=200 if part is None else 206, headers=response_headers)


def _matches(header: str, tag: str) -> bool:
    """Whether the client has the current file."""
    tags = [one.strip().removeprefix("W/") for one in header.split(",")]
    return tag in tags or "*" in tags


def _range_header(method: str, headers: Mapping[str, str], tag: str) -> str:
    """Return the Range header, or none when If-Range names another version of the file."""
    if method != "GET" or headers.get("if-range", tag) != tag:
        return ""
    return headers.get("range", "")


async def _with_first_chunk(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Read the first chunk, so that a store that fails at once still gets an error response."""
    return _chain(await anext(content, b""), content)


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for piece in rest:
        yield piece


async def _empty() -> AsyncIterator[bytes]:
    return
    yield b""
