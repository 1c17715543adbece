"""Reading a multipart form with text fields and files within limits of bytes, parts and time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from web.errors import RequestError, RequestErrorCode
from web.request_body import ClientDisconnected

FORM = "multipart/form-data"
MAX_FIELDS, MAX_FIELD_BYTES = 50, 200_000
TIMEOUT = timedelta(minutes=5)
CHUNK = 1 << 16


def is_form(headers: Mapping[str, str]) -> bool:
    """Whether the body is a multipart form; `headers` by lower-case name."""
    return headers.get("content-type", "").partition(";")[0].strip().lower() == FORM


@asynccontextmanager
async def read_form(request: Request, *, max_bytes: int, max_files: int) -> AsyncIterator[FormData]:
    """Yield the form. Its files are temporary ones. Raises `RequestError` and `ClientDisconnected`."""
    parser = MultiPartParser(
        request.headers,
        _limited(request.stream(), max_bytes),
        max_files=max_files,
        max_fields=MAX_FIELDS,
        max_part_size=MAX_FIELD_BYTES,
    )
    try:
        async with asyncio.timeout(TIMEOUT.total_seconds()):
            form = await parser.parse()
    except (MultiPartException, KeyError, ValueError, LookupError) as error:
        raise RequestError(f"The form is malformed or too large: {error}") from None
    except ClientDisconnect:
        raise ClientDisconnected from None
    except TimeoutError:
        message = f"The form did not arrive within {TIMEOUT.total_seconds():g} seconds."
        raise RequestError(message, code=RequestErrorCode.REQUEST_TIMEOUT, status=408) from None
    try:
        yield form
    finally:
        await form.close()


async def file_chunks(file: UploadFile) -> AsyncIterator[bytes]:
    """Yield the bytes of a file of a form."""
    await file.seek(0)
    while chunk := await file.read(CHUNK):
        yield chunk


async def _limited(pieces: AsyncIterator[bytes], most: int) -> AsyncGenerator[bytes, None]:
    received = 0
    async for piece in pieces:
        received += len(piece)
        if received > most:
            message = f"The form is larger than {most:,} bytes."
            raise RequestError(message, code=RequestErrorCode.PAYLOAD_TOO_LARGE, status=413)
        yield piece
