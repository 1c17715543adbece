"""Recognizes web pages and untyped content, by Content-Type and first bytes."""

from typing import Final

BEGINNING_BYTES: Final = 512  # by which content is recognized
# Generic types that object stores and download links send.
UNTYPED: Final = frozenset(
    {
        *("", "application/octet-stream", "binary/octet-stream", "application/binary", "application/download"),
        *("application/force-download", "application/x-force-download", "application/x-download"),
    }
)
PAGE_STARTS: Final = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<!--")
BOM: Final = b"\xef\xbb\xbf"


def is_web_page(beginning: bytes) -> bool:
    """Whether content that starts with `beginning` is an HTML page."""
    return beginning.removeprefix(BOM).lstrip().lower().startswith(PAGE_STARTS)
