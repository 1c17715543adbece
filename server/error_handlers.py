"""Responses where no endpoint responds: unknown paths, methods that are not allowed, and unhandled exceptions."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kit.errors import InternalError, NotFound
from kit.text import truncate
from web.error_response import error_response, method_not_allowed_response


async def not_found(request: Request, _: Exception) -> Response:
    path = truncate(request.url.path, quoted=False)
    error = NotFound(f"There is nothing at {path}. GraphQL is at /graphql.")
    return error_response(error)


async def no_api_on_worker(request: Request, _: Exception) -> Response:
    """Return the error of a worker, which has no API."""
    path = truncate(request.url.path, quoted=False)
    return error_response(NotFound(f"There is nothing at {path}: this is a worker. It serves /health and /ready."))


async def method_not_allowed(request: Request, error: Exception) -> Response:
    allow = (error.headers or {}).get("Allow", "") if isinstance(error, HTTPException) else ""
    allow = ", ".join(sorted(allow.split(", "))) or "GET, HEAD"  # static files raise a 405 without the header
    return method_not_allowed_response(request.method, allow=allow)


async def internal_error(request: Request, _: Exception) -> Response:
    """Return the request id and nothing else; Starlette logs the exception."""
    return error_response(InternalError("Something went wrong on our side."), request_id=request.state.request_id)
