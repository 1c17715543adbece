"""The address that upstreams call: who may call it, how much they may say, and the answer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from generations.execution.backend_job import CALLBACKS
from generations.execution.callback import CallbackAddress, check_address, receive_callback
from kit.errors import NotFound
from server.error_handlers import connection_close
from server.graphql.errors import RequestError
from server.graphql.responses import format_request_error
from server.graphql.transports.asgi import ClientDisconnected, headers_of, read_body
from server.roles.runtime import Runtime

LARGEST_BODY = 1_000_000  # bytes
PATIENCE = timedelta(seconds=30)
# The same to everybody, whatever was wrong with the address.
NOTHING_HERE: Final = {
    "errors": [{"message": "There is nothing here.", "extensions": {"code": "NOT_FOUND", "retryable": False}}]
}


def callback_route(runtime: Callable[[], Runtime]) -> Route:
    """The route on which calls of upstreams come in."""

    async def receive(request: Request) -> Response:
        services, wake_throttle = runtime().services, runtime().wake_throttle
        named = request.path_params
        address = CallbackAddress(named["backend"], named["generation"], named["token"])
        headers = headers_of(request.scope)
        try:
            check_address(services, address)
            body = await read_body(request.receive, headers, limit=LARGEST_BODY, patience=PATIENCE)
            await receive_callback(services, wake_throttle, address, headers=headers, body=body)
        except NotFound as error:
            return JSONResponse(NOTHING_HERE, error.status, headers=connection_close(request))
        except RequestError as error:
            return JSONResponse({"errors": format_request_error(error)}, error.status, headers=dict(error.headers))
        except ClientDisconnected:
            return Response(status_code=400)
        return JSONResponse({"status": "ok"})

    return Route(f"{CALLBACKS}/{{backend}}/{{generation}}/{{token}}", receive, methods=["POST"])
