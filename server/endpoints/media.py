"""`/media/`: stored files under signed, expiring URLs, with ranges and conditional requests."""

from collections.abc import AsyncIterator, Callable

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from kit.clock import Clock
from kit.errors import Forbidden, NotFound, ServiceUnavailable
from media.avif_conversion import AvifConverter
from media.byte_range import UnsatisfiableRange, requested_range
from media.signed_urls import Grant, UrlSigner
from media.store import MediaStore, Stored, StoreUnavailable
from server.runtime import Runtime
from web.error_response import error_response, method_not_allowed_response

METHODS = "GET, HEAD, OPTIONS"
CROSS_ORIGIN_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "*, Authorization, Range, If-Range, If-None-Match",
    "Access-Control-Max-Age": "86400",  # seconds
}


def media_endpoint(runtime: Callable[[], Runtime]) -> ASGIApp:
    """Return the ASGI application to mount at `/media`."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        opened = runtime()
        endpoint = MediaEndpoint(
            opened.store, opened.signer, opened.services.clock, avif_converter=opened.avif_converter
        )
        await endpoint(scope, receive, send)

    return serve


class MediaEndpoint:
    """Serves stored files. A request needs a valid signature; HEAD, ranges and ETags are supported."""

    def __init__(
        self, store: MediaStore, signer: UrlSigner, clock: Clock, *, avif_converter: AvifConverter | None = None
    ) -> None:
        self._store, self._signer, self._clock, self._avif_converter = store, signer, clock, avif_converter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request)
        response.headers.update(CROSS_ORIGIN_HEADERS)
        try:
            await response(scope, receive, send)
        except StoreUnavailable:
            # The headers are sent: an unfinished response closes the connection.
            return

    async def _answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=PREFLIGHT)
        if request.method not in {"GET", "HEAD"}:
            return method_not_allowed_response(request.method, allow=METHODS)
        try:
            grant = self._signer.verify(request.scope["path"], request.url.query, now=self._clock.now())
            key = grant.key if self._avif_converter is None else await self._avif_converter.file_of(grant.key)
            return await self._file(request, grant, await self._store.stat(key))
        except (Forbidden, NotFound, ServiceUnavailable) as error:
            return error_response(error, headers={"Cache-Control": "no-store"})

    async def _file(self, request: Request, grant: Grant, stored: Stored) -> Response:
        tag = f'"{stored.sha256}"'
        headers = {"ETag": tag, "Cache-Control": self._cache_control(grant)}
        if _matches(request.headers.get("If-None-Match", ""), tag):
            return Response(status_code=304, headers=headers)
        headers |= {
            "Accept-Ranges": "bytes",
            "Content-Type": stored.media_type,
            "Content-Disposition": f'inline; filename="{grant.filename}"',
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
            content = await _with_first_chunk(self._store.open(stored.key, start=start, length=length))
        return StreamingResponse(content, status_code=200 if part is None else 206, headers=headers)

    def _cache_control(self, grant: Grant) -> str:
        left = int((grant.expires_at - self._clock.now()).total_seconds())
        return f"private, max-age={max(0, left)}, immutable"


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
