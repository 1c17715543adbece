"""The paths of the REST API."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from dialects.doitong.requests import CREATIONS, Creation, field_names, to_request
from dialects.doitong.responses import envelope, error_body
from dialects.generation_list.query import ListQuery, list_body, list_error_body
from generations.requests.cancel import cancel
from generations.requests.delete import delete
from generations.requests.flat_request import flat_field_name
from kit.errors import DoitongError
from web.json_api import ApiServices, Call, Handler, JsonResponse, json_route

ACCEPTED = 202


def doitong_routes(services: ApiServices) -> list[BaseRoute]:
    """Return the routes of the REST API."""

    def route(path: str, handle: Handler, *methods: str, is_cacheable: bool = False) -> BaseRoute:
        return json_route(
            path, handle, services=services, error_body=error_body, methods=methods, is_cacheable=is_cacheable
        )

    return [
        *(route(creation.path, _creator(creation), "POST") for creation in CREATIONS),
        json_route("/v1/generations", list_generations, services=services, error_body=list_error_body),
        route("/v1/generations/{id}", read_or_delete_generation, "GET", "DELETE", is_cacheable=True),
        route("/v1/generations/{id}/cancel", cancel_generation, "POST"),
    ]


def _creator(creation: Creation) -> Handler:
    """Return the endpoint that creates generations at a path."""

    async def create_generation(call: Call) -> Response:
        flat = await call.parse(creation.body)
        try:
            acceptance = await call.accept(to_request(creation.media, flat))
        except DoitongError as error:
            raise error.rename_fields(lambda path: flat_field_name(path, field_names(flat))) from None
        return JsonResponse(envelope(creation.operation, acceptance.generation, call.sign_url), ACCEPTED)

    return create_generation


async def list_generations(call: Call) -> Response:
    """`GET /v1/generations`."""
    return JsonResponse(await list_body(call, call.parse_query(ListQuery)))


async def read_or_delete_generation(call: Call) -> Response:
    """`GET` and `DELETE /v1/generations/{id}`."""
    generation_id = call.request.path_params["id"]
    if call.request.method == "DELETE":
        await delete(call.services, call.principal, generation_id)
        return JsonResponse({"data": {"deletegeneration": {"id": generation_id, "deleted": True}}})
    return JsonResponse(envelope("generation", await call.find(generation_id), call.sign_url))


async def cancel_generation(call: Call) -> Response:
    """`POST /v1/generations/{id}/cancel`: the generation in its state after that, which may be another end."""
    generation = await cancel(call.services, call.principal, call.request.path_params["id"])
    return JsonResponse(envelope("cancelGeneration", generation, call.sign_url))
