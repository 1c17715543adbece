"""The short way for WebSockets: each open one keeps in memory all that stands between the server and its endpoint."""

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose


class WebSocketBypass:
    """Middleware that hands the sockets at one path to their endpoint and refuses all others; requests go on."""

    def __init__(self, app: ASGIApp, *, path: str, endpoint: ASGIApp) -> None:
        self.app, self.path, self.endpoint = app, path, endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
        elif scope["path"] == self.path:
            await self.endpoint(scope, receive, send)
        else:
            await WebSocketClose()(scope, receive, send)
