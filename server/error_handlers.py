"""What is answered where no endpoint is: an address that is not there, a method that it does not take, a defect."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kit.errors import InternalError, NotFound
from kit.text import truncate
from web.error_response import error_body, method_not_allowed_body


async def not_found(request: Request, _: Exception) -> Response:
    path = truncate(request.url.path, quoted=False)
    error = NotFound(f"There is nothing at {path}. GraphQL is at /graphql.")
    return JSONResponse(error_body(error), error.status, headers=connection_close(request))


async def method_not_allowed(request: Request, refusal: Exception) -> Response:
    allow = (refusal.headers or {}).get("Allow", "") if isinstance(refusal, HTTPException) else ""
    allow = ", ".join(sorted(allow.split(", "))) or "GET, HEAD"  # files are served without saying so
    return JSONResponse(
        method_not_allowed_body(request.method, allow=allow), 405, {"Allow": allow, **connection_close(request)}
    )


def connection_close(request: Request) -> dict[str, str]:
    """Ends the connection where a body comes that nobody reads: it could go on for ever."""
    has_body = "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"
    return {"Connection": "close"} if has_body else {}


async def internal_error(request: Request, _: Exception) -> Response:
    """What a client hears of a defect; Starlette logs the rest."""
    error = InternalError("Something went wrong on our side.", requestId=request.state.request_id)
    return JSONResponse(error_body(error), error.status)
