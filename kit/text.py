"""Shortening client-provided text for messages."""

import re
from typing import Final

MAX_LENGTH: Final = 60  # characters
MAX_MESSAGE: Final = 500  # characters
MAX_PROCESSED: Final = 100_000  # characters of a message that are processed; it may contain a whole request
LONG_WORD: Final = re.compile(rf"(\S{{{MAX_LENGTH}}})\S+")


def truncate(text: str, *, quoted: bool = True) -> str:
    """Return the text, truncated to `MAX_LENGTH` characters."""
    cut = text if len(text) <= MAX_LENGTH else f"{text[:MAX_LENGTH]}…"
    return repr(cut) if quoted else cut


def truncate_words(message: str) -> str:
    """Truncate each long word of a third-party message, and the message itself."""
    cut = LONG_WORD.sub(r"\1…", message[:MAX_PROCESSED])
    return cut if len(cut) <= MAX_MESSAGE else f"{cut[:MAX_MESSAGE]}…"
