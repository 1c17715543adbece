"""The paths of the API."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response
from starlette.routing import BaseRoute

from accounts.principal import Scope, require_scope
from dialects.openai.forms import accept
from dialects.openai.models import model_body
from dialects.openai.requests import EditRequest, ImageRequest, Request, SpeechRequest, VideoRequest
from dialects.openai.responses import (
    NOT_READY,
    REQUEST,
    error_body,
    error_document,
    failure,
    images,
    still_running,
    video,
    video_list,
)
from generations.generation import Generation, Status, StoredOutput
from generations.output_urls import output_urls
from generations.queries import list_generations
from generations.requests.cancel import cancel
from generations.requests.delete import delete
from generations.requests.wait import MAX_WAIT, wait_for_end
from kit.errors import ErrorCode, IdempotencyMismatch, InvalidInput, NotFound
from kit.ids import is_id
from kit.pagination import MAX_SIZE, Page, PageRequest
from kit.text import truncate
from providers.backend import JSON, GenerationType
from web.file_response import file_response
from web.json_api import ApiServer, Call, ErrorBody, JsonResponse, json_route

R = TypeVar("R", bound=Request)
Handler = Callable[[Call], Awaitable[Response]]
VIDEO_TYPES = (GenerationType.VIDEO, GenerationType.AVATAR)
SHOULD_RETRY = "x-should-retry"
"""Tells the SDKs whether to repeat a request, in place of its HTTP status."""
GENERATION_ID = "x-generation-id"


class WaitQuery(BaseModel):
    """`wait`: the most seconds until the response."""

    model_config = ConfigDict(extra="ignore")

    wait: float = Field(MAX_WAIT, ge=0, le=MAX_WAIT, allow_inf_nan=False)


class ListQuery(BaseModel):
    """The query parameters of the list of videos; `after` is the id of a video."""

    model_config = ConfigDict(extra="ignore")

    after: str | None = None
    limit: int = Field(20, ge=1, le=MAX_SIZE)
    order: Literal["asc", "desc"] = "desc"


class ContentQuery(BaseModel):
    """The query parameters of a video's content."""

    model_config = ConfigDict(extra="ignore")

    variant: Literal["video", "thumbnail"] = "video"


def openai_routes(server: ApiServer) -> list[BaseRoute]:
    """Return the routes of the API, without `/v1/models`."""
    api = OpenAIApi(server)
    for_speech = partial(error_body, text="input", format="response_format")
    for_videos = partial(error_body, image="input_reference")

    def route(path: str, handle: Handler, method: str = "GET", errors: ErrorBody = error_body) -> BaseRoute:
        return json_route(f"/v1{path}", handle, server=server, error_body=errors, methods=(method,))

    return [
        route("/models/{id:path}", api.model),
        route("/images/generations", api.generate_image, "POST"),
        route("/images/edits", api.edit_image, "POST"),
        route("/audio/speech", api.speak, "POST", for_speech),
        route("/videos", api.create_video, "POST", for_videos),
        route("/videos", api.list_videos),
        route("/videos/{id}", api.read_video),
        route("/videos/{id}", api.delete_video, "DELETE"),
        route("/videos/{id}/content", api.video_content),
    ]


class OpenAIApi:
    """The handlers."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server

    async def model(self, call: Call) -> Response:
        """`GET /v1/models/{id}`."""
        require_scope(call.principal, Scope.READ)
        return JsonResponse(model_body(call.services.catalogue, call.request.path_params["id"]))

    async def generate_image(self, call: Call) -> Response:
        """`POST /v1/images/generations`."""
        return await self._image(call, ImageRequest)

    async def edit_image(self, call: Call) -> Response:
        """`POST /v1/images/edits`."""
        return await self._image(call, EditRequest)

    async def speak(self, call: Call) -> Response:
        """`POST /v1/audio/speech`: the response is the file."""
        _, ended = await self._ended(call, SpeechRequest)
        if isinstance(ended, Response):
            return ended
        return await _file(call, ended, ended.outputs[0].key)

    async def create_video(self, call: Call) -> Response:
        """`POST /v1/videos`."""
        _, generation = await self._accept(call, VideoRequest, image_field="input_reference")
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
        return JsonResponse({"id": generation.id, "object": "video.deleted", "deleted": True})

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
        return await _file(call, generation, key)

    async def _image(self, call: Call, model: type[ImageRequest]) -> Response:
        request, ended = await self._ended(call, model)
        if isinstance(ended, Response):
            return ended
        if request.response_format == "url":
            data: list[JSON] = [{"url": output.url} for output in output_urls(ended, call.signed_url)]
        else:
            data = [{"b64_json": await _base64(call, output)} for output in ended.outputs]
        return JsonResponse(images(ended, data))

    async def _ended(self, call: Call, model: type[R]) -> tuple[R, Generation | Response]:
        """Accept a generation and return it at its end, or the response where it has no result in time."""
        require_scope(call.principal, Scope.READ)
        seconds = call.parse_query(WaitQuery).wait
        request, accepted = await self._accept(call, model)
        ended = await wait_for_end(call.services, call.principal, accepted, seconds=seconds)
        if ended.status is Status.COMPLETED:
            return request, ended
        call.response_headers[SHOULD_RETRY] = "false" if ended.is_over else "true"
        status, body = failure(ended) if ended.is_over else still_running(ended)
        return request, JsonResponse(body, status)

    async def _accept(self, call: Call, model: type[R], *, image_field: str = "image") -> tuple[R, Generation]:
        try:
            request, generation = await accept(call, model, self._server.uploads, image_field=image_field)
        except IdempotencyMismatch:
            call.response_headers[SHOULD_RETRY] = "false"
            raise
        call.response_headers[GENERATION_ID] = generation.id
        return request, generation


async def _find_video(call: Call) -> Generation:
    generation = await call.find(call.request.path_params["id"])
    if generation.type not in VIDEO_TYPES:
        raise NotFound(f"{generation.id} is no video.")
    return generation


async def _file(call: Call, generation: Generation, key: str) -> Response:
    """Return a file of a generation, or the requested range of it."""
    store = call.services.library.store
    stored = await store.stat(key)
    return await file_response(
        store,
        stored,
        method=call.request.method,
        headers=call.headers,
        filename=f"{generation.id}.{key.rpartition('.')[2]}",
        cache_control="private, no-store",
    )


async def _base64(call: Call, output: StoredOutput) -> str:
    content = b"".join([piece async for piece in call.services.library.store.open(output.key)])
    return (await asyncio.to_thread(base64.b64encode, content)).decode()
