"""Decoding `data:` URLs as browsers do (WHATWG Fetch, "data: URL processor")."""

import re
from binascii import a2b_base64
from typing import Final
from urllib.parse import unquote_to_bytes

SCHEME: Final = "data:"
SPACES: Final = b"\t\n\f\r "  # ASCII whitespace, which base64 may have anywhere
LINE_BREAKS: Final = str.maketrans("", "", "\t\n\r")  # a URL may be broken into lines anywhere
IGNORED_AROUND_URL: Final = "".join(map(chr, range(0x21)))  # C0 controls and space
BASE64_SUFFIX: Final = re.compile(r"; *base64\s*\Z", re.ASCII | re.IGNORECASE)
LONE_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]")
MAX_CHARACTERS_PER_BYTE: Final = 4  # base64 with every character percent-encoded


class InvalidDataURL(ValueError):
    """The URL cannot be decoded. The message completes "This `data:` URL"."""


class DataURLTooLarge(ValueError):
    """The content is larger than the limit."""


def is_data_url(value: str) -> bool:
    """Whether it is a `data:` URL."""
    return value[:64].lstrip(IGNORED_AROUND_URL)[: len(SCHEME)].lower() == SCHEME


def decode_data_url(value: str, *, max_bytes: int) -> bytes:
    """Return the content, from base64 or percent-encoding; the media type may be missing or wrong.

    Raises `InvalidDataURL`, and `DataURLTooLarge` for more than `max_bytes`.
    """
    url, _, _ = value.strip(IGNORED_AROUND_URL).translate(LINE_BREAKS).partition("#")
    head, comma, text = url.partition(",")
    if not comma:
        raise InvalidDataURL("has no comma before its content")
    if len(text) > MAX_CHARACTERS_PER_BYTE * max_bytes:
        raise DataURLTooLarge
    if LONE_SURROGATE.search(value):
        raise InvalidDataURL("has a lone surrogate, which is no character")
    body = unquote_to_bytes(text)
    content = _decode_base64(body, max_bytes=max_bytes) if BASE64_SUFFIX.search(head) else body
    if len(content) > max_bytes:
        raise DataURLTooLarge
    return content


def _decode_base64(text: bytes, *, max_bytes: int) -> bytes:
    """Decode as "forgiving-base64 decode" of WHATWG Infra: whitespace is ignored, padding may be missing."""
    compact = text.translate(None, SPACES)
    if len(compact) % 4 == 0:
        compact = compact.removesuffix(b"=").removesuffix(b"=")
    if wrong := NOT_BASE64.search(compact):
        character = wrong[0].decode("latin-1")
        raise InvalidDataURL(f"has {character!r} in its base64, whose characters are A-Z, a-z, 0-9, + and /")
    if len(compact) % 4 == 1:
        raise InvalidDataURL(f"has {len(compact):,} base64 characters, which is one too few or too many")
    if len(compact) * 3 // 4 > max_bytes:
        raise DataURLTooLarge
    return a2b_base64(compact + b"=" * (-len(compact) % 4))
