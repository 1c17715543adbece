"""`GET /metrics`: the metrics of this process for Prometheus, to its operator alone."""

import hmac
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kit.errors import DoitongError, Forbidden, Unauthenticated
from server.runtime import Runtime
from server.settings import Settings
from web.error_response import error_response
from web.request import headers_of

if TYPE_CHECKING:
    from server.metrics import ProcessMetrics

# One of them is set by every usual proxy.
PROXY_HEADERS = frozenset({"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"})
BEARER = "bearer "


def metrics_route(runtime: Callable[[], Runtime], settings: Settings, *, process_number: int | None) -> Route:
    """Return `/metrics`, with the token of the settings; without one, for direct requests of this machine alone."""
    process: ProcessMetrics | None = None

    async def metrics(request: Request) -> Response:
        nonlocal process
        try:
            _check_access(settings.metrics_token, headers_of(request.scope), request.client and request.client.host)
        except DoitongError as error:
            return error_response(error)
        # Imported here, since only servers with a scraper need the library.
        from server.metrics import CONTENT_TYPE, ProcessMetrics

        if process is None:
            process = ProcessMetrics(runtime().services, role=settings.role.value, number=process_number)
        return Response(await process.render(), headers={"content-type": CONTENT_TYPE, "cache-control": "no-store"})

    return Route("/metrics", metrics, methods=["GET"])


def _check_access(token: str | None, headers: Mapping[str, str], peer: str | None) -> None:
    """Raise `Unauthenticated` without the token or, if none is configured, `Forbidden` to other machines."""
    if token is not None:
        given = headers.get("authorization", "")
        is_bearer = given[: len(BEARER)].lower() == BEARER
        if not is_bearer or not hmac.compare_digest(given[len(BEARER) :].strip().encode(), token.encode()):
            raise Unauthenticated("Metrics need `Authorization: Bearer TOKEN`, with the token of the operator.")
    elif not _is_loopback(peer) or PROXY_HEADERS & headers.keys():
        raise Forbidden("Metrics are for this machine alone. To read them from another one, set DOITONG_METRICS_TOKEN.")


def _is_loopback(peer: str | None) -> bool:
    try:
        return peer is not None and ip_address(peer).is_loopback
    except ValueError:
        return False
