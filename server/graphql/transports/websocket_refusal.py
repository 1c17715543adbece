"""The response to a WebSocket upgrade that is refused."""

from starlette.types import Scope, Send

from kit.errors import DoitongError
from server.graphql.responses import encode
from web.error_response import error_payload


async def refuse_websocket(scope: Scope, send: Send, error: DoitongError) -> None:
    """Refuse the upgrade with the status of the error and its JSON body."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1000, "reason": ""})  # before accepting, this is an HTTP 403
        return
    body = encode({"errors": [error_payload(error)]})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "websocket.http.response.start", "status": error.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
