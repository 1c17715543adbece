"""The paths of the REST API, and of MCP."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import Response
from starlette.routing import BaseRoute

from dialects.kubeez import operations
from dialects.kubeez.event_stream import event_stream
from dialects.kubeez.mcp.endpoint import mcp_routes
from dialects.kubeez.models import all_models, all_models_error_body
from dialects.kubeez.operations import Kind
from dialects.kubeez.requests import AdCopyRequest, DialogueRequest, MediaRequest, MusicRequest
from dialects.kubeez.responses import UploadedFile, error_body, generation_row, music_status
from dialects.kubeez.validation import invalid_fields
from generations.generation import Generation
from kit.timestamps import format_timestamp
from web.json_api import ApiServices, Call, JsonResponse, json_route, parse_object
from web.request_model import RequestModel
from web.uploads import IncomingUpload

M = TypeVar("M", bound=BaseModel)
Handler = Callable[[Call], Awaitable[Response]]
CREATED = 201


class ModelQuery(RequestModel):
    model_config = ConfigDict(extra="ignore")

    model_type: Literal["image", "video", "music", "speech", "separation", "other"] | None = None


def kubeez_routes(services: ApiServices) -> list[BaseRoute]:
    """Return the routes of REST and MCP, without `/v1/generations`."""
    api = KubeezApi(services)
    polls: dict[str, Handler] = {
        "/v1/generate/media/{id}": api.media_status,
        "/v1/generate/music/{id}": api.music_status,
    }
    reads: dict[str, Handler] = {
        "/v1/balance": api.balance,
        "/v1/generate/media/{id}/stream": api.media_stream,
        "/v1/generate/music/{id}/stream": api.music_stream,
    }
    writes: dict[str, Handler] = {
        "/v1/generate/media": api.generate_media,
        "/v1/generate/music": api.generate_music,
        "/v1/generate/dialogue": api.generate_dialogue,
        "/v1/generate/ad-copy": api.create_ad_copy,
        "/v1/upload/media": api.upload,
    }
    return [
        json_route("/v1/models", api.models, services=services, error_body=all_models_error_body),
        *(json_route(path, handle, services=services, error_body=error_body) for path, handle in reads.items()),
        *(
            json_route(path, handle, services=services, error_body=error_body, is_cacheable=True)
            for path, handle in polls.items()
        ),
        *(
            json_route(path, handle, services=services, error_body=error_body, methods=("POST",))
            for path, handle in writes.items()
        ),
        *mcp_routes(services),
    ]


class KubeezApi:
    """The handlers of the REST API."""

    def __init__(self, services: ApiServices) -> None:
        self._services = services

    async def models(self, call: Call) -> Response:
        """`GET /v1/models`, shared with the API of OpenAI."""
        query = _validate(ModelQuery, dict(call.request.query_params))
        return JsonResponse(all_models(call, query.model_type))

    async def balance(self, call: Call) -> Response:
        """`GET /v1/balance`."""
        return JsonResponse(await operations.get_balance(call, base_url=call.base_url))

    async def generate_media(self, call: Call) -> Response:
        """`POST /v1/generate/media`."""
        request = await _parse(call, MediaRequest)
        return JsonResponse(await operations.generate_media(call, request))

    async def generate_music(self, call: Call) -> Response:
        """`POST /v1/generate/music`."""
        return JsonResponse(await operations.generate_music(call, await _parse(call, MusicRequest)))

    async def generate_dialogue(self, call: Call) -> Response:
        """`POST /v1/generate/dialogue`."""
        return JsonResponse(await operations.generate_dialogue(call, await _parse(call, DialogueRequest)))

    async def create_ad_copy(self, call: Call) -> Response:
        """`POST /v1/generate/ad-copy`."""
        request = await _parse(call, AdCopyRequest)
        return JsonResponse(await operations.create_ad_copy(call, request))

    async def media_status(self, call: Call) -> Response:
        """`GET /v1/generate/media/{id}`."""
        return JsonResponse(generation_row(await _find(call, "media"), call.sign_url))

    async def media_stream(self, call: Call) -> Response:
        """`GET /v1/generate/media/{id}/stream`."""
        return event_stream(call, await _find(call, "media"), lambda ended: generation_row(ended, call.sign_url))

    async def music_status(self, call: Call) -> Response:
        """`GET /v1/generate/music/{id}`."""
        return JsonResponse(music_status(await _find(call, "music"), call.sign_url))

    async def music_stream(self, call: Call) -> Response:
        """`GET /v1/generate/music/{id}/stream`."""
        return event_stream(call, await _find(call, "music"), lambda ended: music_status(ended, call.sign_url))

    async def upload(self, call: Call) -> Response:
        """`POST /v1/upload/media`. An upload counts as a read."""
        self._services.count_read(call.principal, call.response_headers)
        upload = await IncomingUpload(call.request).receive(self._services.uploads, call.principal)
        extension = upload.key.rpartition(".")[2]
        body: UploadedFile = {
            "id": upload.id,
            "url": call.sign_url(upload.key, f"{upload.id}.{extension}", upload.expires_at),
            "media_type": upload.media_type,
            "file_size": upload.bytes,
            "width": upload.width,
            "height": upload.height,
            "duration": upload.duration,
            "expires_at": format_timestamp(upload.expires_at),
        }
        return JsonResponse(body, CREATED)


async def _find(call: Call, kind: Kind) -> Generation:
    return await operations.find(call, call.request.path_params["id"], kind)


async def _parse(call: Call, model: type[M]) -> M:
    """Return the JSON body as `model`. Raises `RequestError` and `InvalidFields`."""
    return _validate(model, parse_object(await call.body()))


def _validate(model: type[M], values: Mapping[str, object]) -> M:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid_fields(error) from None
