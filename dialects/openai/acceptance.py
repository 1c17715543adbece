"""Accepting a request from a JSON body, or from a multipart form, whose files become uploads."""

import hashlib
from typing import TypeVar

import orjson

from dialects.openai.requests import Request, SizedRequest
from dialects.openai.sizes import with_allowed_sizes
from generations.generation import Generation
from generations.requests.client_retries import ClientAttempt
from kit.errors import IdempotencyMismatch, InvalidInput
from kit.text import truncate
from media.uploads import Upload, Uploads
from web.json_api import Call, parse_object, validate
from web.multipart_form import MultipartForm, form_values, is_form, read_text

R = TypeVar("R", bound=Request)
RETRY_COUNT = "x-stainless-retry-count"
"""The header in which the SDKs of OpenAI send how often they have retried the request."""
SHOULD_RETRY = "x-should-retry"
"""Tells the SDKs whether to repeat a request, in place of its HTTP status."""
GENERATION_ID = "x-generation-id"


async def accept(call: Call, model: type[R], uploads: Uploads, *, image_field: str = "image") -> tuple[R, Generation]:
    """Parse the body as `model` and accept its generation. The files of a form are in `image_field`.

    Raises `RequestError` and `DoitongError`; then nothing is stored.
    """
    try:
        request, generation = await _accept(call, model, uploads, image_field=image_field)
    except IdempotencyMismatch:
        call.response_headers[SHOULD_RETRY] = "false"
        raise
    call.response_headers[GENERATION_ID] = generation.id
    return request, generation


async def _accept(call: Call, model: type[R], uploads: Uploads, *, image_field: str) -> tuple[R, Generation]:
    form = _Form(call, uploads, image_field)
    received_at, is_used = call.services.clock.now(), False
    try:
        values, content = await form.read(model) if is_form(call.headers) else _whole(parse_object(await call.body()))
        digest = hashlib.sha256(orjson.dumps([call.request.url.path, content], option=orjson.OPT_SORT_KEYS))
        retry_count = call.headers.get(RETRY_COUNT, "")
        attempt = ClientAttempt(
            digest.hexdigest(),
            int(retry_count) if retry_count.isdecimal() and len(retry_count) < 10 else None,
            received_at,
            has_files=bool(form.stored),
        )
        parsed = validate(model, values)
        try:
            acceptance = await call.accept(parsed.to_request(call.services.catalogue), attempt=attempt)
        except InvalidInput as error:
            raise (with_allowed_sizes(error, parsed.size) if isinstance(parsed, SizedRequest) else error) from None
        is_used = not acceptance.replayed
        return parsed, acceptance.generation
    finally:
        if form.stored and not is_used:
            await uploads.discard(form.stored)


def _whole(values: dict[str, object]) -> tuple[dict[str, object], object]:
    return values, values


class _Form:
    """A multipart form. `stored` are its files so far."""

    def __init__(self, call: Call, uploads: Uploads, image_field: str) -> None:
        self._call, self._uploads, self._image_field = call, uploads, image_field
        self.stored: list[Upload] = []

    async def read(self, model: type[Request]) -> tuple[dict[str, object], object]:
        """Return the values as those of a JSON body, and the content to hash: the values, and the keys of the files."""
        fields: dict[str, str] = {}
        images: list[tuple[str, str]] = []
        length = self._call.headers.get("content-length", "")
        content_length = int(length) if length.isdecimal() and len(length) < 20 else None
        async for part in MultipartForm(self._call.request).parts():
            name = part.name.partition("[")[0]
            if part.is_file and name != self._image_field:
                message = f"Files are taken as `{self._image_field}` alone, not as {truncate(name)}."
                raise InvalidInput(message, field=truncate(name, quoted=False))
            if part.is_file:
                upload = await self._uploads.receive(self._call.principal, part.pieces, content_length=content_length)
                self.stored.append(upload)
                images.append((upload.id, upload.key))
            elif name == self._image_field:
                text = await read_text(part)
                images.append((text, text))
            else:
                fields[name] = await read_text(part)
        values = form_values(fields, model)
        ids = [id for id, _ in images]
        given = {self._image_field: ids[0] if len(ids) == 1 else ids} if ids else {}
        return {**values, **given}, [values, [key for _, key in images]]
