"""Routes WebSockets past the HTTP middleware, whose stack frames would stay in memory for every open socket."""

from starlette._utils import get_route_path
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose


class WebSocketBypass:
    """ASGI middleware: sockets of `path` go to `endpoint`, other sockets are closed, requests pass through."""

    def __init__(self, app: ASGIApp, *, path: str, endpoint: ASGIApp) -> None:
        self.app, self.path, self.endpoint = app, path, endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
        elif get_route_path(scope) == self.path:
            await self.endpoint(scope, receive, send)
        else:
            await WebSocketClose()(scope, receive, send)
