"""The response of an ASGI application as one object."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message


async def whole_response(app: ASGIApp, request: Request) -> Response:
    """Return the response of an application to a request, with its body in memory; 500 if it sends none."""
    response, body = Response(status_code=500), bytearray()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            response.status_code, response.raw_headers = message["status"], list(message["headers"])
        else:
            body.extend(message.get("body", b""))

    await app(request.scope, request.receive, send)
    response.body = bytes(body)
    return response
