"""`GET /health` and `GET /ready`."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from database.transaction import DatabaseUnavailable
from server.runtime import Runtime
from web.error_response import error_response


def health_routes(runtime: Callable[[], Runtime]) -> list[Route]:
    """Return `/health`, 200 while the process lives, and `/ready`, 200 while the database answers."""

    async def ready(_: Request) -> Response:
        try:
            await runtime().services.database.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar())
        except DatabaseUnavailable as error:
            return error_response(error)
        return JSONResponse({"status": "ready"})

    return [Route("/health", _health), Route("/ready", ready)]


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})
