"""`POST /internal/upstream/{backend}/{generation}/{token}`: where upstreams report on their jobs."""

from collections.abc import Callable
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from generations.execution.backend_job import CALLBACKS
from generations.execution.callbacks import CallbackAddress, check_address, receive_callback
from kit.errors import NotFound
from server.runtime import Runtime
from web.error_response import error_response, request_error_response
from web.errors import RequestError
from web.request import headers_of
from web.request_body import ClientDisconnected, read_body

MAX_BODY_BYTES = 1_000_000
BODY_TIMEOUT = timedelta(seconds=30)


def callback_route(runtime: Callable[[], Runtime]) -> Route:
    """Return the route on which upstreams call."""

    async def receive(request: Request) -> Response:
        services, throttle = runtime().services, runtime().wake_throttle
        named = request.path_params
        address = CallbackAddress(named["backend"], named["generation"], named["token"])
        headers = headers_of(request.scope)
        try:
            check_address(services, address)
            body = await read_body(request.receive, headers, limit=MAX_BODY_BYTES, timeout=BODY_TIMEOUT)
            response_body = await receive_callback(services, throttle, address, headers=headers, body=body)
        except NotFound:
            # The same response whatever is wrong with the URL, so that none of its parts can be guessed one by one.
            return error_response(NotFound("There is nothing here."))
        except RequestError as error:
            return request_error_response(error)
        except ClientDisconnected:
            return Response(status_code=400)
        return JSONResponse({"status": "ok"} if response_body is None else response_body)

    return Route(f"{CALLBACKS}/{{backend}}/{{generation}}/{{token}}", receive, methods=["POST"])
