"""The paths of videos."""

from functools import partial
from typing import Literal

from pydantic import ConfigDict, Field
from starlette.responses import Response
from starlette.routing import BaseRoute

from dialects.openai.acceptance import accept
from dialects.openai.errors import REQUEST, error_body, error_document
from dialects.openai.files import generated_file
from dialects.openai_videos.requests import VideoRequest
from dialects.openai_videos.responses import deleted, video, video_list
from generations.generation import Generation
from generations.queries import list_generations
from generations.requests.cancel import cancel
from generations.requests.delete import delete
from kit.errors import ErrorCode, InvalidInput, NotFound
from kit.ids import is_id
from kit.pagination import MAX_SIZE, Page, PageRequest
from kit.text import truncate
from providers.backend import GenerationType
from web.json_api import ApiServices, Call, JsonResponse, json_route
from web.request_model import RequestModel

VIDEO_TYPES = (GenerationType.VIDEO, GenerationType.AVATAR)
NOT_READY = "video_not_ready"


class ListQuery(RequestModel):
    """The query parameters of the list of videos; `after` is the id of a video."""

    model_config = ConfigDict(extra="ignore")

    after: str | None = None
    limit: int = Field(20, ge=1, le=MAX_SIZE)
    order: Literal["asc", "desc"] = "desc"


class ContentQuery(RequestModel):
    """The query parameters of a video's content."""

    model_config = ConfigDict(extra="ignore")

    variant: Literal["video", "thumbnail"] = "video"


def video_routes(services: ApiServices) -> list[BaseRoute]:
    """Return the routes of videos."""
    api = VideoApi(services)
    route = partial(json_route, services=services, error_body=partial(error_body, image="input_reference"))
    return [
        route("/v1/videos", api.create_video, methods=("POST",)),
        route("/v1/videos", api.list_videos),
        route("/v1/videos/{id}", api.read_video, is_cacheable=True),
        route("/v1/videos/{id}", api.delete_video, methods=("DELETE",)),
        route("/v1/videos/{id}/content", api.video_content),
    ]


class VideoApi:
    """The handlers."""

    def __init__(self, services: ApiServices) -> None:
        self._services = services

    async def create_video(self, call: Call) -> Response:
        """`POST /v1/videos`."""
        _, generation = await accept(call, VideoRequest, self._services.uploads, image_field="input_reference")
        return JsonResponse(video(generation))

    async def read_video(self, call: Call) -> Response:
        """`GET /v1/videos/{id}`."""
        return JsonResponse(video(await _find_video(call)))

    async def delete_video(self, call: Call) -> Response:
        """`DELETE /v1/videos/{id}`: a video that is being made is cancelled first."""
        generation = await _find_video(call)
        if not generation.is_over:
            await cancel(call.services, call.principal, generation.id)
        await delete(call.services, call.principal, generation.id)
        return JsonResponse(deleted(generation))

    async def list_videos(self, call: Call) -> Response:
        """`GET /v1/videos`."""
        query = call.parse_query(ListQuery)
        if query.after is not None and not is_id(query.after):
            raise InvalidInput(f"`after` is the id of a video, not {truncate(query.after)}.", field="after")
        is_ascending = query.order == "asc"
        request = PageRequest(
            size=query.limit,
            after=None if is_ascending else query.after,
            before=query.after if is_ascending else None,
            backward=is_ascending,
        )
        page = await list_generations(call.services, call.principal, request, {"type": VIDEO_TYPES})
        if is_ascending:
            page = Page(page.items[::-1], has_next=page.has_previous, has_previous=page.has_next)
        return JsonResponse(video_list(page))

    async def video_content(self, call: Call) -> Response:
        """`GET /v1/videos/{id}/content`: the file, or its poster frame."""
        generation = await _find_video(call)
        output = generation.outputs[0] if generation.outputs else None
        key = None if output is None else output.key
        if output is not None and call.parse_query(ContentQuery).variant == "thumbnail":
            key = output.thumbnail_key
        if key is None:
            message = f"The video {generation.id} is {video(generation)['status']} and has no such content."
            return JsonResponse(error_document(message, REQUEST, NOT_READY, doitong_code=ErrorCode.NOT_FOUND), 404)
        return await generated_file(call, generation, key)


async def _find_video(call: Call) -> Generation:
    generation = await call.find(call.request.path_params["id"])
    if generation.type not in VIDEO_TYPES:
        raise NotFound(f"{generation.id} is no video.")
    return generation
