"""The paths of images and speech."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from pydantic import ConfigDict, Field
from starlette.responses import Response
from starlette.routing import BaseRoute

from accounts.principal import Scope, require_scope
from dialects.openai.acceptance import SHOULD_RETRY, accept
from dialects.openai.errors import error_body
from dialects.openai.files import generated_file
from dialects.openai.requests import Request
from dialects.openai_media.requests import EditRequest, ImageRequest, SpeechRequest
from dialects.openai_media.responses import ImageData, failure, images, still_running
from generations.generation import Generation, Status, StoredOutput
from generations.output_urls import output_urls
from generations.requests.wait import MAX_WAIT, wait_for_end
from web.json_api import ApiServices, Call, ErrorBody, JsonResponse, json_route
from web.request_model import RequestModel

R = TypeVar("R", bound=Request)
Handler = Callable[[Call], Awaitable[Response]]


class WaitQuery(RequestModel):
    """`wait`: the most seconds until the response."""

    model_config = ConfigDict(extra="ignore")

    wait: float = Field(MAX_WAIT, ge=0, le=MAX_WAIT, allow_inf_nan=False)


def media_routes(services: ApiServices) -> list[BaseRoute]:
    """Return the routes of images and speech."""
    api = MediaApi(services)
    for_speech = partial(error_body, text="input", format="response_format")

    def route(path: str, handle: Handler, errors: ErrorBody = error_body) -> BaseRoute:
        return json_route(f"/v1{path}", handle, services=services, error_body=errors, methods=("POST",))

    return [
        route("/images/generations", api.generate_image),
        route("/images/edits", api.edit_image),
        route("/audio/speech", api.speak, for_speech),
    ]


class MediaApi:
    """The handlers."""

    def __init__(self, services: ApiServices) -> None:
        self._services = services

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
        return await generated_file(call, ended, ended.outputs[0].key)

    async def _image(self, call: Call, model: type[ImageRequest]) -> Response:
        request, ended = await self._ended(call, model)
        if isinstance(ended, Response):
            return ended
        if request.response_format == "url":
            data: list[ImageData] = [{"url": output.url} for output in output_urls(ended, call.sign_url)]
        else:
            data = [{"b64_json": await _base64(call, output)} for output in ended.outputs]
        return JsonResponse(images(ended, data))

    async def _ended(self, call: Call, model: type[R]) -> tuple[R, Generation | Response]:
        """Accept a generation and return it at its end, or the response where it has no result in time."""
        require_scope(call.principal, Scope.READ)
        seconds = call.parse_query(WaitQuery).wait
        request, accepted = await accept(call, model, self._services.uploads)
        ended = await wait_for_end(call.services, call.principal, accepted, seconds=seconds)
        if ended.status is Status.COMPLETED:
            return request, ended
        call.response_headers[SHOULD_RETRY] = "false" if ended.is_over else "true"
        status, body = failure(ended) if ended.is_over else still_running(ended)
        return request, JsonResponse(body, status)


async def _base64(call: Call, output: StoredOutput) -> str:
    content = b"".join([piece async for piece in call.services.library.store.open(output.key)])
    return (await asyncio.to_thread(base64.b64encode, content)).decode()
