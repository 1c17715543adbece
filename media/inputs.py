"""Fetching what a request refers to: an `https://` address, or the bytes themselves in a `data:` one."""

import asyncio
import base64
import binascii
import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote_to_bytes

from kit.errors import InvalidInput, InvalidMediaUrl
from kit.outbound import SafeHttpClient
from media.formats import BY_MEDIA_TYPE, HEAD_BYTES, JPEG, PNG, SOUND_ONLY, WEBP, Format, sniff
from media.probe import Prober
from media.probe_result import Probed, ProbeRefused

LARGEST_PICTURE = 10_000_000  # bytes
LARGEST_RECORDING = 100_000_000  # bytes
DATA = "data:"
FETCH_TIMEOUT = timedelta(seconds=60)
PICTURES = {PNG: "PNG", JPEG: "JPG", WEBP: "WebP"}
NAMES_OF_PICTURES = " or ".join(PICTURES.values())
TAKEN = {"image": NAMES_OF_PICTURES, "video": "MP4, MOV or WebM", "audio": "MP3, WAV, M4A, OGG or FLAC"}
FORMS = "an `https://` address, `data:<type>;base64,<bytes>`, an upload (`upl_…`) or a generation of yours (`gen_…`)"


async def fetch_input(
    value: str, *, field: str, kinds: tuple[str, ...], directory: Path, guard: SafeHttpClient, prober: Prober
) -> Path:
    """Write what `value` refers to into `directory` under a name of ours.

    It is one of `kinds`: `image`, `audio`, `video`. Else raises `InvalidMediaUrl` or `InvalidInput`, leaving no file.
    """
    most = _most_of(kinds)
    prefixes = tuple(f"{kind}/" for kind in kinds)
    target = directory / f"input-{secrets.token_hex(8)}"
    try:
        if is_data(value):
            await asyncio.to_thread(_write_data, value, target, most=most, field=field)
        elif "://" in value:
            await guard.fetch(
                value, max_bytes=most, timeout=FETCH_TIMEOUT, accept=prefixes, destination=target, field=field
            )
        else:
            raise InvalidInput(f"`{field}` must be {FORMS}.", field=field)
        _check_beginning(await asyncio.to_thread(_beginning_of, target), kinds)
        probed = await prober.probe(target, expected=prefixes)
        check_kind_of_picture(probed)
        return await asyncio.to_thread(target.rename, target.with_suffix(f".{probed.format}"))
    except ProbeRefused as refusal:
        raise _unusable(refusal, field=field, kinds=kinds) from refusal
    finally:
        await asyncio.to_thread(target.unlink, missing_ok=True)


def is_data(value: str) -> bool:
    """Whether it is a `data:` address."""
    return value[: len(DATA)].lower() == DATA


def check_data(value: str, *, field: str, kind: str) -> None:
    """Refuse a `data:` address whose bytes can be seen not to be of `kind`.

    Raises `InvalidMediaUrl` or `InvalidInput`. What the address claims to be does not count.
    """
    content = _decoded(value, most=_most_of((kind,)), field=field)
    try:
        _check_beginning(content[:HEAD_BYTES], (kind,))
    except ProbeRefused as refusal:
        raise _unusable(refusal, field=field, kinds=(kind,)) from refusal


def check_kind_of_picture(probed: Probed) -> None:
    """Raise `ProbeRefused` for a picture of a kind that providers do not take."""
    _check_picture(BY_MEDIA_TYPE[probed.media_type])


def _beginning_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _check_beginning(head: bytes, kinds: tuple[str, ...]) -> None:
    if not head:
        raise ProbeRefused("is empty")
    known = sniff(head)
    if known is None:
        raise ProbeRefused(f"is in no format that is taken here: {' or '.join(TAKEN[kind] for kind in kinds)}")
    if not any(form.media_type.startswith(kinds) for form in (known, SOUND_ONLY.get(known, known))):
        raise ProbeRefused(f"is {known.media_type}, not {' or '.join(kinds)}")
    _check_picture(known)


def _check_picture(known: Format) -> None:
    if known.decoder is not None and known not in PICTURES:
        raise ProbeRefused(f"is {known.media_type}: pictures to work from are {NAMES_OF_PICTURES}")


def _write_data(value: str, target: Path, *, most: int, field: str) -> None:
    target.write_bytes(_decoded(value, most=most, field=field))


def _decoded(value: str, *, most: int, field: str) -> bytes:
    head, comma, text = value.partition(",")
    if not comma or not head.lower().endswith(";base64"):
        raise InvalidInput(f"`{field}` must be {FORMS}; this `data:` address is not base64.", field=field)
    if len(text) * 3 // 4 > most + 2:
        raise _too_large(field, most)
    try:
        content = base64.b64decode(unquote_to_bytes(text), validate=True)
    except binascii.Error as error:
        raise InvalidInput(f"`{field}` must be {FORMS}; its base64 is damaged.", field=field) from error
    if len(content) > most:
        raise _too_large(field, most)
    return content


def _most_of(kinds: tuple[str, ...]) -> int:
    return LARGEST_PICTURE if kinds == ("image",) else LARGEST_RECORDING


def _unusable(refusal: ProbeRefused, *, field: str, kinds: tuple[str, ...]) -> InvalidMediaUrl:
    return InvalidMediaUrl(
        f"The file of `{field}` {refusal.reason}. Send {' or '.join(kinds)} as {FORMS}.", field=field, reason="media"
    )


def _too_large(field: str, most: int) -> InvalidMediaUrl:
    return InvalidMediaUrl(
        f"The file of `{field}` is larger than {most:,} bytes. Send a smaller one.",
        field=field,
        reason="too_large",
        maxBytes=most,
    )
