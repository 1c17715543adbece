"""The paths of the REST API."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from dialects.doitong.responses import envelope, error_body
from web.json_api import ApiServer, Call, JsonResponse, json_route


def doitong_routes(server: ApiServer) -> list[BaseRoute]:
    """Return the routes of the REST API."""
    return [json_route("/v1/generations/{id}", read_generation, server=server, error_body=error_body)]


async def read_generation(call: Call) -> Response:
    """`GET /v1/generations/{id}`."""
    generation = await call.find(call.request.path_params["id"])
    return JsonResponse(envelope("generation", generation, call.signed_url))
