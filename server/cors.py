"""CORS of the API. Media files have rules of their own: any page may read them."""

from collections.abc import Sequence

from starlette._utils import get_route_path
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


class ApiCors:
    """ASGI middleware: applies CORS for `origins` to every path except those below `without`."""

    def __init__(self, app: ASGIApp, *, origins: Sequence[str], expose_headers: Sequence[str], without: str) -> None:
        self._app, self._without = app, without
        self._cors = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["*"],
            expose_headers=expose_headers,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_media = scope["type"] == "http" and get_route_path(scope).startswith(self._without)
        await (self._app if is_media else self._cors)(scope, receive, send)
