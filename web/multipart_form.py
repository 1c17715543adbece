"""Reading multipart forms part by part, as they arrive."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import BaseModel
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from media.inputs import MAX_AV_BYTES
from web.errors import RequestError, RequestErrorCode
from web.request_body import ClientDisconnected

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FORM = "multipart/form-data"
FILE_TYPES = (b"image/", b"video/", b"audio/", b"application/octet-stream")  # of files without a name
NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
MAX_FORM_BYTES = MAX_AV_BYTES + (1 << 20)
MAX_FIELD_BYTES = 1_000_000  # of all text fields
MAX_PARTS = 100
MAX_HEADER_BYTES = 10_000  # of one part
IDLE_TIMEOUT = timedelta(seconds=30)  # maximum time between two chunks

_Event = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a form. It is read before the next one is asked for; what is left of it is skipped."""

    name: str
    is_file: bool
    pieces: AsyncIterator[bytes]


def is_form(headers: Mapping[str, str]) -> bool:
    """Whether the body is a multipart form; `headers` are by lower-case name."""
    return headers.get("content-type", "").partition(";")[0].strip().lower() == FORM


class MultipartForm:
    """The form that is the body of a request. Reading raises `RequestError` and `ClientDisconnected`."""

    def __init__(self, request: Request) -> None:
        _, options = parse_options_header(request.headers.get("content-type", ""))
        self._body, self._received = request.stream(), 0
        self._events: deque[_Event] = deque()
        self._is_over = False
        self._header_bytes = 0
        try:
            self._parser = MultipartParser(options.get(b"boundary") or b"-", self._callbacks())
        except FormParserError as error:
            raise _malformed() from error

    async def parts(self) -> AsyncIterator[Part]:
        """Yield the parts in order."""
        for _ in range(MAX_PARTS):
            part = await self._next_part()
            if part is None:
                return
            yield part
            async for _ in part.pieces:
                pass
        raise RequestError(f"The form has more than {MAX_PARTS} parts.")

    async def _next_part(self) -> Part | None:
        name, value, headers = b"", b"", dict[bytes, bytes]()
        while (event := await self._next_event()) is not None:
            kind, data = event
            match kind:
                case "name":
                    name += data
                case "value":
                    value += data
                case "header":
                    headers[name.lower()] = value
                    name, value = b"", b""
                case "headers":
                    return self._part(headers)
        return None

    def _part(self, headers: Mapping[bytes, bytes]) -> Part:
        _, options = parse_options_header(headers.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        is_file = b"filename" in options or headers.get(b"content-type", b"").lower().startswith(FILE_TYPES)
        return Part(name, is_file, self._pieces())

    async def _pieces(self) -> AsyncIterator[bytes]:
        while (event := await self._next_event()) is not None:
            kind, data = event
            if kind == "part":
                return
            yield data
        raise RequestError("The form is cut off.")

    async def _next_event(self) -> _Event | None:
        """Return what the parser found next, or None at the end of the form."""
        while not self._events:
            if self._is_over or not (piece := await self._next_chunk()):
                if not self._is_over:
                    raise RequestError("The form is cut off.")
                return None
            try:
                self._parser.write(piece)
            except FormParserError as error:
                raise _malformed() from error
            if self._header_bytes > MAX_HEADER_BYTES:
                raise RequestError(f"A part of the form has more than {MAX_HEADER_BYTES:,} bytes of headers.")
        return self._events.popleft()

    async def _next_chunk(self) -> bytes:
        """Return the next bytes of the body, or nothing at its end."""
        try:
            async with asyncio.timeout(IDLE_TIMEOUT.total_seconds()):
                async for piece in self._body:
                    self._received += len(piece)
                    if self._received > MAX_FORM_BYTES:
                        raise RequestError(
                            f"The form is larger than {MAX_FORM_BYTES:,} bytes.",
                            code=RequestErrorCode.PAYLOAD_TOO_LARGE,
                            status=413,
                            headers={"connection": "close"},
                        )
                    if piece:
                        return piece
        except TimeoutError:
            raise RequestError(
                f"The form paused for more than {IDLE_TIMEOUT.total_seconds():g} seconds.",
                code=RequestErrorCode.REQUEST_TIMEOUT,
                status=408,
                headers={"connection": "close"},
            ) from None
        except ClientDisconnect:
            raise ClientDisconnected from None
        return b""

    def _callbacks(self) -> "MultipartCallbacks":
        def put(kind: str, data: bytes) -> None:
            self._events.append((kind, data))

        def put_header(kind: str, data: bytes) -> None:
            self._header_bytes += len(data)
            put(kind, data)

        def end_headers() -> None:
            self._header_bytes = 0
            put("headers", b"")

        def end() -> None:
            self._is_over = True

        return {
            "on_header_field": lambda data, start, stop: put_header("name", data[start:stop]),
            "on_header_value": lambda data, start, stop: put_header("value", data[start:stop]),
            "on_header_end": lambda: put("header", b""),
            "on_headers_finished": end_headers,
            "on_part_data": lambda data, start, stop: put("data", data[start:stop]),
            "on_part_end": lambda: put("part", b""),
            "on_end": end,
        }


def _malformed() -> RequestError:
    return RequestError("The form is malformed: send `multipart/form-data` with its boundary.")


async def read_text(part: Part, *, limit: int = MAX_FIELD_BYTES) -> str:
    """Return the value of a text field. Raises `RequestError`."""
    value = bytearray()
    async for piece in part.pieces:
        value += piece
        if len(value) > limit:
            raise RequestError(
                f"The fields of the form have more than {MAX_FIELD_BYTES:,} bytes.",
                code=RequestErrorCode.PAYLOAD_TOO_LARGE,
                status=413,
            )
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise RequestError(f"A field of the form is not in UTF-8: {part.name[:100]!r}.") from None


def form_values(fields: Mapping[str, str], model: type[BaseModel]) -> dict[str, object]:
    """Return the text fields of a form as the values of a JSON body: numbers, true and false where not a text."""
    texts = {name for name, field in model.model_fields.items() if field.annotation in (str, str | None)}
    return {name: value if name in texts else _literal(value) for name, value in fields.items()}


def _literal(text: str) -> object:
    if NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return {"true": True, "false": False}.get(text, text)
