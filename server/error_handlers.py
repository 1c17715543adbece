"""Responses where no endpoint responds: unknown paths, methods that are not allowed, and unhandled exceptions."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from dialects.error_shapes import error_shape
from kit.errors import DoitongError, InternalError, NotFound
from kit.text import truncate
from web import error_response
from web.error_response import request_error_response
from web.errors import RequestError
from web.json_api import ErrorBody, json_error_response


async def not_found(request: Request, _: Exception) -> Response:
    path = truncate(request.url.path, quoted=False)
    where = "GraphQL is at /graphql." if _shape(request) is None else "The paths of the APIs are listed at /v1/docs."
    return _response(request, NotFound(f"There is nothing at {path}. {where}"))


async def no_api_on_worker(request: Request, _: Exception) -> Response:
    """Return the error of a worker, which has no API."""
    path = truncate(request.url.path, quoted=False)
    served = "this is a worker, which serves /health, /ready and /metrics."
    return _response(request, NotFound(f"There is nothing at {path}: {served}"))


async def method_not_allowed(request: Request, error: Exception) -> Response:
    allow = _allowed_methods(request)
    if isinstance(error, HTTPException):
        allow |= {method for method in (error.headers or {}).get("Allow", "").split(", ") if method}
    allowed = ", ".join(sorted(allow)) or "GET, HEAD"  # static files raise a 405 without the header
    return _response(request, error_response.method_not_allowed(request.method, allow=allowed))


async def internal_error(request: Request, _: Exception) -> Response:
    """Return the request id and nothing else; Starlette logs the exception."""
    return _response(request, InternalError("Something went wrong on our side.", requestId=request.state.request_id))


def _shape(request: Request) -> ErrorBody | None:
    return error_shape(request.scope["path"].removeprefix(request.scope.get("root_path", "")))


def _response(request: Request, error: DoitongError | RequestError) -> Response:
    """Return an error in the shape of the API that the path belongs to."""
    shape = _shape(request)
    if shape is not None:
        return json_error_response(error, shape, {})
    if isinstance(error, RequestError):
        return request_error_response(error)
    return error_response.error_response(error)


def _allowed_methods(request: Request) -> set[str]:
    """Return the methods of all routes of the path."""
    allowed: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            allowed |= route.methods or set()
    return allowed
