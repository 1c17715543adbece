"""`/media/`: stored files under signed, expiring URLs, with ranges and conditional requests."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kit.clock import Clock
from kit.errors import Forbidden, NotFound, ServiceUnavailable
from media.avif_conversion import AvifConverter
from media.signed_urls import Grant, UrlSigner
from media.store import MediaStore, StoredFile
from server.runtime import Runtime
from web.error_response import error_response, method_not_allowed, request_error_response
from web.file_response import file_response

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
        response = await self._respond(request)
        response.headers.update(CROSS_ORIGIN_HEADERS)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=PREFLIGHT)
        if request.method not in {"GET", "HEAD"}:
            return request_error_response(method_not_allowed(request.method, allow=METHODS))
        try:
            grant = self._signer.verify(request.scope["path"], request.url.query, now=self._clock.now())
            key = grant.key if self._avif_converter is None else await self._avif_converter.key_to_serve(grant.key)
            return await self._file(request, grant, await self._store.stat(key))
        except (Forbidden, NotFound, ServiceUnavailable) as error:
            return error_response(error, headers={"Cache-Control": "no-store"})

    async def _file(self, request: Request, grant: Grant, stored: StoredFile) -> Response:
        return await file_response(
            self._store,
            stored,
            method=request.method,
            headers=request.headers,
            filename=grant.filename,
            cache_control=self._cache_control(grant),
        )

    def _cache_control(self, grant: Grant) -> str:
        left = int((grant.expires_at - self._clock.now()).total_seconds())
        return f"private, max-age={max(0, left)}, immutable"
