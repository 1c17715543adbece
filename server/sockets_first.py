"""The short way for WebSockets: each open one keeps in memory all that stands between the server and its endpoint."""

from starlette.types import ASGIApp, Receive, Scope, Send


class SocketsFirst:
    """Middleware that hands the sockets at one path to their endpoint; all else goes on."""

    def __init__(self, app: ASGIApp, *, path: str, endpoint: ASGIApp) -> None:
        self.app, self.path, self.endpoint = app, path, endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = scope["type"] == "websocket" and scope["path"] == self.path
        await (self.endpoint if is_ours else self.app)(scope, receive, send)
