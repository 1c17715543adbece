"""How a client's own words are repeated in messages: never at length."""

LONGEST = 60  # characters


def shortened(text: str, *, quoted: bool = True) -> str:
    """The text, cut where it is long."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return repr(cut) if quoted else cut
