"""Responses with a stored file, with ranges and conditional requests."""

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from media.byte_range import UnsatisfiableRange, requested_range
from media.store import MediaStore, Stored


async def file_response(
    request: Request, store: MediaStore, stored: Stored, *, filename: str, cache_control: str
) -> Response:
    """Return the response to GET or HEAD: the file, the part of the Range header, 304 or 416."""
    tag = f'"{stored.sha256}"'
    headers = {"ETag": tag, "Cache-Control": cache_control}
    if _matches(request.headers.get("If-None-Match", ""), tag):
        return Response(status_code=304, headers=headers)
    headers |= {
        "Accept-Ranges": "bytes",
        "Content-Type": stored.media_type,
        "Content-Disposition": f'inline; filename="{filename}"',
    }
    try:
        part = requested_range(_range_header(request, tag), stored.size)
    except UnsatisfiableRange:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{stored.size}"})
    start, length = part or (0, stored.size)
    headers["Content-Length"] = str(length)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{stored.size}"
    if request.method == "HEAD":
        content = _empty()
    else:
        content = await _with_first_chunk(store.open(stored.key, start=start, length=length))
    return StreamingResponse(content, status_code=200 if part is None else 206, headers=headers)


def _matches(header: str, tag: str) -> bool:
    """Whether the client has the current file."""
    tags = [one.strip().removeprefix("W/") for one in header.split(",")]
    return tag in tags or "*" in tags


def _range_header(request: Request, tag: str) -> str:
    """Return the Range header, or none when If-Range names another version of the file."""
    if request.method != "GET" or request.headers.get("If-Range", tag) != tag:
        return ""
    return request.headers.get("Range", "")


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
