"""The paths of the API."""

import base64
from collections.abc import Mapping

from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response
from starlette.routing import BaseRoute

from dialects.kubeez.models import openai_model
from dialects.openai import responses
from dialects.openai.requests import ImageRequest, ListQuery, ModelNotFound, SpeechRequest, VideoRequest
from dialects.openai.responses import error_body, require_completed, video
from generations.generation import Generation, StoredOutput
from generations.queries import list_generations
from generations.requests.cancel import cancel
from generations.requests.delete import delete
from generations.requests.plan import GenerationRequest
from generations.requests.wait import MAX_WAIT, wait_for_end
from kit.errors import InvalidInput, NotFound
from kit.pagination import cursor, page_request
from kit.text import truncate
from providers.backend import GenerationType, JSONObject
from web.file_response import file_response
from web.json_api import ApiServer, Call, Handler, JsonResponse, json_route, validate
from web.multipart_form import file_chunks, is_form, read_form

IMAGE_FIELDS = ("image", "image[]")
MAX_IMAGES = 10
MAX_FORM_BYTES = 50_000_000
WHOLE_FIELDS = ("n", "seed", "width", "height", "duration")
MAX_INLINE_BYTES = 100_000_000  # of the images of one response, before base64


def openai_routes(server: ApiServer) -> list[BaseRoute]:
    """Return the routes of the API, without `/v1/models`."""
    api = OpenAIApi(server)
    routes: list[tuple[str, str, Handler]] = [
        ("POST", "/v1/images/generations", api.create_images),
        ("POST", "/v1/images/edits", api.edit_image),
        ("POST", "/v1/audio/speech", api.create_speech),
        ("POST", "/v1/videos", api.create_video),
        ("GET", "/v1/videos", api.list_videos),
        ("GET", "/v1/videos/{id}", api.read_video),
        ("DELETE", "/v1/videos/{id}", api.delete_video),
        ("GET", "/v1/videos/{id}/content", api.video_content),
        ("GET", "/v1/models/{model}", api.read_model),
    ]
    return [
        json_route(path, handle, server=server, error_body=error_body, methods=(method,))
        for method, path, handle in routes
    ]


class OpenAIApi:
    """The handlers."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server

    async def create_images(self, call: Call) -> Response:
        """`POST /v1/images/generations`."""
        body = await call.parse(ImageRequest)
        generation = await _complete(call, body.to_request(call.services.catalogue))
        return await _images(call, generation, body.response_format)

    async def edit_image(self, call: Call) -> Response:
        """`POST /v1/images/edits`, a form with one or several images."""
        _require_form(call)
        async with read_form(call.request, max_bytes=MAX_FORM_BYTES, max_files=MAX_IMAGES) as form:
            body = validate(ImageRequest, _text_fields(form))
            files = [file for name in IMAGE_FIELDS for file in _files(form, name)]
            if not files or len(files) != sum(isinstance(value, UploadFile) for _, value in form.multi_items()):
                raise InvalidInput("Send the images as files named `image`, and no other files.", field="image")
            body.to_request(call.services.catalogue, ("",) * len(files))
            images = tuple([await self._upload(call, file) for file in files])
        generation = await _complete(call, body.to_request(call.services.catalogue, images))
        return await _images(call, generation, body.response_format)

    async def create_speech(self, call: Call) -> Response:
        """`POST /v1/audio/speech`: the bytes of the recording."""
        body = await call.parse(SpeechRequest)
        return await _content(call, await _complete(call, body.to_request(call.services.catalogue)))

    async def create_video(self, call: Call) -> Response:
        """`POST /v1/videos`, a form or JSON."""
        if not is_form(call.headers):
            body = await call.parse(VideoRequest)
            return await _submit_video(call, body.to_request(call.services.catalogue))
        async with read_form(call.request, max_bytes=MAX_FORM_BYTES, max_files=1) as form:
            body = validate(VideoRequest, _text_fields(form))
            request = body.to_request(call.services.catalogue)
            for file in _files(form, "input_reference"):
                request = body.to_request(call.services.catalogue, await self._upload(call, file))
        return await _submit_video(call, request)

    async def list_videos(self, call: Call) -> Response:
        """`GET /v1/videos`."""
        query = call.parse_query(ListQuery)
        ascending, after = query.order == "asc", None if query.after is None else cursor(query.after)
        if ascending:
            page = page_request(first=None, after=None, last=query.limit, before=after)
        else:
            page = page_request(first=query.limit, after=after, last=None, before=None)
        found = await list_generations(call.services, call.principal, page, {"type": [GenerationType.VIDEO]})
        rows = [*reversed(found.items)] if ascending else found.items
        return JsonResponse(responses.video_list(rows, has_more=found.has_previous if ascending else found.has_next))

    async def read_video(self, call: Call) -> Response:
        """`GET /v1/videos/{id}`."""
        return JsonResponse(video(await _find_video(call)))

    async def delete_video(self, call: Call) -> Response:
        """`DELETE /v1/videos/{id}`. A running one is cancelled first."""
        generation = await _find_video(call)
        await cancel(call.services, call.principal, generation.id)
        await delete(call.services, call.principal, generation.id)
        return JsonResponse({"id": generation.id, "object": responses.DELETED, "deleted": True})

    async def video_content(self, call: Call) -> Response:
        """`GET /v1/videos/{id}/content`, with ranges."""
        if call.request.query_params.get("variant", "video") != "video":
            raise InvalidInput("`variant` must be video.", field="variant", allowed=["video"])
        generation = await _find_video(call)
        if not generation.outputs:
            raise NotFound(f"{generation.id} has no content: its status is {generation.status.lower()}.")
        return await _content(call, generation)

    async def read_model(self, call: Call) -> Response:
        """`GET /v1/models/{model}`."""
        provider = call.services.catalogue.by_name.get(call.request.path_params["model"].strip().lower())
        if provider is None:
            name = truncate(call.request.path_params["model"])
            raise ModelNotFound(f"There is no model {name}. `GET /v1/models` lists all.", field="model")
        return JsonResponse(openai_model(provider))

    async def _upload(self, call: Call, file: UploadFile) -> str:
        upload = await self._server.uploads.receive(call.principal, file_chunks(file), declared=file.size)
        return upload.id


async def _complete(call: Call, request: GenerationRequest) -> Generation:
    """Return the completed generation. Raises `GenerationError`."""
    accepted = (await call.submit(request)).generation
    generation = await wait_for_end(call.services, call.principal, accepted, seconds=MAX_WAIT)
    require_completed(generation)
    return generation


async def _submit_video(call: Call, request: GenerationRequest) -> Response:
    return JsonResponse(video((await call.submit(request)).generation))


async def _find_video(call: Call) -> Generation:
    generation = await call.find(call.request.path_params["id"])
    if generation.type is not GenerationType.VIDEO:
        raise NotFound(f"There is no generation {truncate(generation.id)} of yours.")
    return generation


async def _images(call: Call, generation: Generation, response_format: str | None) -> Response:
    """Return the images: base64 unless URLs are requested, as of the models `gpt-image`."""
    if response_format == "url":
        return JsonResponse(responses.images_body(generation, responses.image_urls(generation, call.signed_url)))
    if sum(output.bytes for output in generation.outputs) > MAX_INLINE_BYTES:
        raise InvalidInput("The images are too large for base64: use the URLs.", field="response_format")
    data: list[JSONObject] = [{"b64_json": await _base64(call, output)} for output in generation.outputs]
    return JsonResponse(responses.images_body(generation, data))


async def _base64(call: Call, output: StoredOutput) -> str:
    content = b"".join([piece async for piece in call.services.library.store.open(output.key)])
    return base64.b64encode(content).decode()


async def _content(call: Call, generation: Generation) -> Response:
    output, store = generation.outputs[0], call.services.library.store
    filename = f"{generation.id}.{output.format}"
    stored = await store.stat(output.key)
    return await file_response(call.request, store, stored, filename=filename, cache_control="private, no-store")


def _require_form(call: Call) -> None:
    if not is_form(call.headers):
        raise InvalidInput("Send a multipart form (Content-Type: multipart/form-data).", field="image")


def _files(form: FormData, name: str) -> list[UploadFile]:
    return [value for value in form.getlist(name) if isinstance(value, UploadFile)]


def _text_fields(form: FormData) -> Mapping[str, object]:
    """Return the text fields, whole numbers as such."""
    texts = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    return {name: _typed(name, value) for name, value in texts.items()}


def _typed(name: str, text: str) -> object:
    is_number = name in WHOLE_FIELDS and text.isascii() and text.isdecimal() and len(text) < 16
    return int(text) if is_number else {"true": True, "false": False}.get(text, text)
