"""The paths of the API."""

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.responses import Response
from starlette.routing import BaseRoute

from accounts.principal import Scope, require_scope
from dialects.openai.errors import error_body
from dialects.openai_media.routes import media_routes
from dialects.openai_models.models import find_model_body
from dialects.openai_videos.routes import video_routes
from web.json_api import ApiServices, Call, JsonResponse, json_route


class NameConvertor(StringConvertor):
    """Any text, also with slashes and line breaks, which `path` does not match."""

    regex = "(?s:.+)"


register_url_convertor("model_name", NameConvertor())


def openai_routes(services: ApiServices) -> list[BaseRoute]:
    """Return the routes of the API, without `/v1/models`, which Kubeez shares."""
    return [
        json_route("/v1/models/{id:model_name}", read_model, services=services, error_body=error_body),
        *media_routes(services),
        *video_routes(services),
    ]


async def read_model(call: Call) -> Response:
    """`GET /v1/models/{id}`."""
    require_scope(call.principal, Scope.READ)
    return JsonResponse(find_model_body(call.services.catalogue, call.request.path_params["id"]))
