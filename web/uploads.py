"""Receiving a file: as the request body, or as the part `file` of a multipart form."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from accounts.principal import Principal
from generations.output_urls import SignUrl
from kit.errors import InvalidInput
from kit.text import truncate
from kit.timestamps import format_timestamp
from media.inputs import MAX_AV_BYTES
from media.uploads import FIELD, Upload, UploadOfUnknownType, Uploads, UploadTooLarge

FORM = "multipart/form-data"
KINDS = ("image/", "video/", "audio/", "application/octet-stream")
WAY_OUT = (
    "Send the file as the body with a Content-Type of image/…, video/…, audio/… or application/octet-stream, "
    f"or as the part `{FIELD}` of a form."
)
MAX_FORM_BYTES = MAX_AV_BYTES + (1 << 20)


class IncomingUpload:
    """A request with a file."""

    def __init__(self, request: Request) -> None:
        self._request, self._body = request, request.stream()

    async def receive(self, uploads: Uploads, principal: Principal) -> Upload:
        """Store the file. Raises `DoitongError`; then nothing is stored."""
        given = self._request.headers.get("content-type", "")
        media_type, options = parse_options_header(given)
        kind = media_type.decode("latin-1")
        if kind == FORM:
            pieces = _file_of_form(self._body, options.get(b"boundary", b""))
        elif kind.startswith(KINDS):
            pieces = self._body
        else:
            found = truncate(kind) if kind else f"malformed: {truncate(given)}" if given.strip() else "missing"
            message = f"The Content-Type is {found}. {WAY_OUT}"
            raise UploadOfUnknownType(message, field=FIELD, reason="media")
        try:
            return await uploads.receive(principal, pieces, content_length=_length(self._request))
        except ClientDisconnect as error:
            raise InvalidInput("The upload was interrupted. Send it again.", field=FIELD) from error


def upload_body(upload: Upload, sign_url: SignUrl) -> dict[str, object]:
    """Return the response body of an upload."""
    extension = upload.key.rpartition(".")[2]
    return {
        "id": upload.id,
        "url": sign_url(upload.key, f"{upload.id}.{extension}", upload.expires_at),
        "mediaType": upload.media_type,
        "bytes": upload.bytes,
        "width": upload.width,
        "height": upload.height,
        "duration": upload.duration,
        "expiresAt": format_timestamp(upload.expires_at),
    }


def _length(request: Request) -> int | None:
    text = request.headers.get("content-length", "")
    return int(text) if text.isdecimal() and len(text) < 20 else None


@dataclass(slots=True)
class _Form:
    """The state of the multipart parser. `arrived` holds bytes of the file that are not consumed yet."""

    arrived: bytearray = field(default_factory=bytearray)
    files: int = 0
    ended: bool = False
    in_file: bool = False
    header_name: bytes = b""
    header_value: bytes = b""

    def begin_part(self) -> None:
        self.in_file = False

    def name(self, data: bytes, start: int, end: int) -> None:
        self.header_name += data[start:end]

    def value(self, data: bytes, start: int, end: int) -> None:
        self.header_value += data[start:end]

    def end_header(self) -> None:
        if self.header_name.lower() == b"content-disposition":
            _, options = parse_options_header(self.header_value)
            if options.get(b"name") == FIELD.encode():
                self.in_file = True
                self.files += 1
        self.header_name = self.header_value = b""

    def data(self, data: bytes, start: int, end: int) -> None:
        if self.in_file and self.files == 1:
            self.arrived += data[start:end]

    def end(self) -> None:
        self.ended = True


async def _file_of_form(body: AsyncIterator[bytes], boundary: bytes) -> AsyncIterator[bytes]:
    """Yield the bytes of the part `file` as they arrive; other parts are skipped."""
    form, sent = _Form(), 0
    try:
        parser = MultipartParser(
            boundary or b"-",
            {
                "on_part_begin": form.begin_part,
                "on_header_field": form.name,
                "on_header_value": form.value,
                "on_header_end": form.end_header,
                "on_part_data": form.data,
                "on_end": form.end,
            },
        )
        async for piece in body:
            sent += len(piece)
            if sent > MAX_FORM_BYTES:
                raise UploadTooLarge(f"The form is larger than {MAX_FORM_BYTES:,} bytes. {WAY_OUT}", field=FIELD)
            parser.write(piece)
            if form.arrived:
                yield bytes(form.arrived)
                form.arrived.clear()
    except FormParserError as error:
        raise InvalidInput(f"The form is malformed. {WAY_OUT}", field=FIELD) from error
    if not form.ended or form.files != 1:
        found = "is cut off" if not form.ended else f"has {form.files} parts named `{FIELD}`"
        raise InvalidInput(f"The form {found}. {WAY_OUT}", field=FIELD)
