"""Fetching what a request refers to: an `https://` address, or the bytes themselves in a `data:` one."""

import asyncio
import base64
import binascii
import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote_to_bytes

from kit.errors import InvalidInput, InvalidMediaUrl
from kit.outbound import Guard
from media.formats import BY_MEDIA_TYPE, JPEG, PNG, WEBP
from media.probe import Prober
from media.probed import Probed, ProbeRefused

LARGEST_PICTURE = 10_000_000  # bytes
LARGEST_RECORDING = 100_000_000  # bytes
FETCH_TIMEOUT = timedelta(seconds=60)
PICTURES = {PNG: "PNG", JPEG: "JPG", WEBP: "WebP"}
NAMES_OF_PICTURES = " or ".join(PICTURES.values())
FORMS = "an `https://` address, `data:<type>;base64,<bytes>`, an upload (`upl_…`) or a generation of yours (`gen_…`)"


async def fetch_input(
    value: str, *, field: str, kinds: tuple[str, ...], directory: Path, guard: Guard, prober: Prober
) -> Path:
    """Write what `value` refers to into `directory` under a name of ours.

    It is one of `kinds`: `image`, `audio`, `video`. Else raises `InvalidMediaUrl` or `InvalidInput`, leaving no file.
    """
    most = LARGEST_PICTURE if kinds == ("image",) else LARGEST_RECORDING
    prefixes = tuple(f"{kind}/" for kind in kinds)
    target = directory / f"input-{secrets.token_hex(8)}"
    try:
        if value[:5].lower() == "data:":
            await asyncio.to_thread(_write_data, value, target, most=most, field=field)
        elif "://" in value:
            await guard.fetch(
                value, max_bytes=most, timeout=FETCH_TIMEOUT, accept=prefixes, destination=target, field=field
            )
        else:
            raise InvalidInput(f"`{field}` must be {FORMS}.", field=field)
        probed = await prober.probe(target, expected=prefixes)
        check_kind_of_picture(probed)
        return await asyncio.to_thread(target.rename, target.with_suffix(f".{probed.format}"))
    except ProbeRefused as refusal:
        raise InvalidMediaUrl(
            f"The file of `{field}` {refusal.reason}. Send {' or '.join(kinds)} as {FORMS}.",
            field=field,
            reason="media",
        ) from refusal
    finally:
        await asyncio.to_thread(target.unlink, missing_ok=True)


def check_kind_of_picture(probed: Probed) -> None:
    """Raise `ProbeRefused` for a picture of a kind that providers do not take."""
    known = BY_MEDIA_TYPE[probed.media_type]
    if known.decoder is not None and known not in PICTURES:
        raise ProbeRefused(f"is {probed.media_type}: pictures to work from are {NAMES_OF_PICTURES}")


def _write_data(value: str, target: Path, *, most: int, field: str) -> None:
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
    target.write_bytes(content)


def _too_large(field: str, most: int) -> InvalidMediaUrl:
    return InvalidMediaUrl(
        f"The file of `{field}` is larger than {most:,} bytes. Send a smaller one.",
        field=field,
        reason="too_large",
        maxBytes=most,
    )
