"""Inputs that are addresses: downloads an `https://` URL or decodes a `data:` URL, and checks the file."""

import asyncio
import secrets
from datetime import timedelta
from pathlib import Path

from kit.errors import InvalidInput, InvalidMediaUrl
from kit.outbound import OutboundRequestFailed, SafeHttpClient
from media.data_url import DataURLTooLarge, InvalidDataURL, decode_data_url, is_data_url
from media.formats import BY_MEDIA_TYPE, HEAD_BYTES, JPEG, PNG, SOUND_ONLY, WEBP, Format, is_media, sniff
from media.probe import Prober
from media.probe_result import ProbeRefused, ProbeResult

MAX_IMAGE_BYTES = 10_000_000
MAX_AV_BYTES = 100_000_000
FETCH_TIMEOUT = timedelta(seconds=60)
PICTURES = {PNG: "PNG", JPEG: "JPG", WEBP: "WebP"}
IMAGE_FORMATS = " or ".join(PICTURES.values())
SUPPORTED = {"image": IMAGE_FORMATS, "video": "MP4, MOV or WebM", "audio": "MP3, WAV, M4A, OGG or FLAC"}
ACCEPTED_FORMS = (
    "an `https://` address, `data:<type>;base64,<bytes>`, an upload (`upl_…`) or a generation of yours (`gen_…`)"
)


async def fetch_input(
    value: str, *, field: str, kinds: tuple[str, ...], directory: Path, http_client: SafeHttpClient, prober: Prober
) -> Path:
    """Fetch `value` into `directory` under a generated name and return its path.

    It must be one of `kinds`: `image`, `audio`, `video`. Otherwise raises `InvalidMediaUrl` or
    `InvalidInput` and leaves no file.
    """
    max_bytes = _max_bytes(kinds)
    prefixes = tuple(f"{kind}/" for kind in kinds)
    target = directory / f"input-{secrets.token_hex(8)}"
    try:
        if is_data_url(value):
            await asyncio.to_thread(_write_data, value, target, max_bytes=max_bytes, field=field)
        elif "://" in value:
            await http_client.fetch(
                value,
                max_bytes=max_bytes,
                timeout=FETCH_TIMEOUT,
                accept=prefixes,
                destination=target,
                recognizes=is_media,
                field=field,
            )
        else:
            raise InvalidInput(f"`{field}` must be {ACCEPTED_FORMS}.", field=field)
        _check_beginning(await asyncio.to_thread(_beginning_of, target), kinds)
        probed = await prober.probe(target, expected=prefixes)
        check_kind_of_picture(probed)
        return await asyncio.to_thread(target.rename, target.with_suffix(f".{probed.format}"))
    except OutboundRequestFailed as failure:
        raise invalid_media_url(failure) from failure
    except ProbeRefused as refusal:
        raise _unusable(refusal, field=field, kinds=kinds) from refusal
    finally:
        await asyncio.to_thread(target.unlink, missing_ok=True)


def check_data(value: str, *, field: str, kind: str) -> None:
    """Validate the first bytes of a `data:` URL; its declared type is ignored.

    Raises `InvalidMediaUrl` or `InvalidInput`.
    """
    content = _decoded(value, max_bytes=_max_bytes((kind,)), field=field)
    try:
        _check_beginning(content[:HEAD_BYTES], (kind,))
    except ProbeRefused as refusal:
        raise _unusable(refusal, field=field, kinds=(kind,)) from refusal


def invalid_media_url(failure: OutboundRequestFailed) -> InvalidMediaUrl:
    """Return the error for the client whose input could not be fetched."""
    return InvalidMediaUrl(failure.message, **failure.details)


def check_kind_of_picture(probed: ProbeResult) -> None:
    """Raise `ProbeRefused` for an image format that providers do not support."""
    _check_picture(BY_MEDIA_TYPE[probed.media_type])


def _beginning_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _check_beginning(head: bytes, kinds: tuple[str, ...]) -> None:
    if not head:
        raise ProbeRefused("is empty")
    file_format = sniff(head)
    if file_format is None:
        raise ProbeRefused(f"has an unsupported format; supported are {' or '.join(SUPPORTED[kind] for kind in kinds)}")
    if not any(form.media_type.startswith(kinds) for form in (file_format, SOUND_ONLY.get(file_format, file_format))):
        raise ProbeRefused(f"is {file_format.media_type}, not {' or '.join(kinds)}")
    _check_picture(file_format)


def _check_picture(file_format: Format) -> None:
    if file_format.decoder is not None and file_format not in PICTURES:
        raise ProbeRefused(f"is {file_format.media_type}; supported image formats are {IMAGE_FORMATS}")


def _write_data(value: str, target: Path, *, max_bytes: int, field: str) -> None:
    target.write_bytes(_decoded(value, max_bytes=max_bytes, field=field))


def _decoded(value: str, *, max_bytes: int, field: str) -> bytes:
    try:
        return decode_data_url(value, max_bytes=max_bytes)
    except InvalidDataURL as error:
        raise InvalidInput(f"`{field}` must be {ACCEPTED_FORMS}; this `data:` URL {error}.", field=field) from error
    except DataURLTooLarge as error:
        raise _too_large(field, max_bytes) from error


def _max_bytes(kinds: tuple[str, ...]) -> int:
    return MAX_IMAGE_BYTES if kinds == ("image",) else MAX_AV_BYTES


def _unusable(refusal: ProbeRefused, *, field: str, kinds: tuple[str, ...]) -> InvalidMediaUrl:
    return InvalidMediaUrl(
        f"The file of `{field}` {refusal.reason}. Send {' or '.join(kinds)} as {ACCEPTED_FORMS}.",
        field=field,
        reason="media",
    )


def _too_large(field: str, max_bytes: int) -> InvalidMediaUrl:
    return InvalidMediaUrl(
        f"The file of `{field}` is larger than {max_bytes:,} bytes. Send a smaller one.",
        field=field,
        reason="too_large",
        maxBytes=max_bytes,
    )
