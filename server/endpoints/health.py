"""`GET /health`: whether the process lives. `GET /ready`: whether it can do its work."""

from collections.abc import Callable
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit.errors import NotFound, ServiceUnavailable
from server.runtime import Runtime
from web.error_response import error_response

UNUSED_KEY = f"{'0' * 64}.png"


def health_routes(runtime: Callable[[], Runtime]) -> list[Route]:
    """Return the routes of `/health` and `/ready`.

    `/health` always has status 200. `/ready` has 503 while the process cannot work: it needs the database, the media
    store, a writable data directory and, if it runs generations, the queue.
    """

    async def ready(_: Request) -> Response:
        try:
            await _check(runtime())
        except ServiceUnavailable as error:
            return error_response(error)
        return JSONResponse({"status": "ready"})

    return [Route("/health", _health), Route("/ready", ready)]


async def _check(runtime: Runtime) -> None:
    """Raise `ServiceUnavailable` if new work could not be done."""
    runtime.services.disk_space.require()
    await runtime.services.database.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar())
    with suppress(NotFound):
        await runtime.store.stat(UNUSED_KEY)
    if not runtime.is_queue_ready():
        raise ServiceUnavailable(
            "This process takes no generations: it stops, or it has lost the queue and reconnects."
        )


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})
