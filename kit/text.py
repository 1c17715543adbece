"""How a client's own words are repeated in messages: never at length."""

import re
from typing import Final

LONGEST: Final = 60  # characters
LONGEST_MESSAGE: Final = 500  # characters
LONGEST_READ: Final = 100_000  # characters of a message, which may repeat a whole request
LONG_WORD: Final = re.compile(rf"(\S{{{LONGEST}}})\S+")


def truncate(text: str, *, quoted: bool = True) -> str:
    """The text, cut where it is long."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return repr(cut) if quoted else cut


def truncate_words(message: str) -> str:
    """A message that others wrote around a client's words: each word is cut where it is long, and so is the whole."""
    cut = LONG_WORD.sub(r"\1…", message[:LONGEST_READ])
    return cut if len(cut) <= LONGEST_MESSAGE else f"{cut[:LONGEST_MESSAGE]}…"
