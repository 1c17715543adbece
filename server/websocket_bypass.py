"""Routes WebSockets past the HTTP middleware, whose stack frames would stay in memory for every open socket."""

from starlette._utils import get_route_path
from starlette.types import ASGIApp, Receive, Scope, Send

from kit.errors import NotFound
from kit.text import truncate
from server.graphql.transports.websocket_refusal import refuse_websocket


class WebSocketBypass:
    """ASGI middleware: sockets of `path` go to `endpoint`, other sockets are refused, requests pass through."""

    def __init__(self, app: ASGIApp, *, path: str, endpoint: ASGIApp) -> None:
        self.app, self.path, self.endpoint = app, path, endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
        elif get_route_path(scope) == self.path:
            await self.endpoint(scope, receive, send)
        else:
            await receive()
            asked = truncate(scope["path"], quoted=False)
            url = f"{scope.get('root_path', '')}{self.path}"
            await refuse_websocket(scope, send, NotFound(f"There is no WebSocket at {asked}. GraphQL is at {url}."))
