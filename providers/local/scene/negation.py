"""What a prompt says is not there: "without people", "a street with no cars", "free of clouds"."""

import re

# Up to the end of the phrase: a mark, or a word that begins another.
_DENIED = re.compile(
    r"\b(?:(?:with|has|have|shows?) )?(?:without|no|not|sans|minus|lacking|(?:free|empty|devoid) of)\b(?!-)"
    r"(?P<what>[^,.;:!?()\n]*?)"
    r"(?=$|[,.;:!?()\n]|\b(?:but|in|on|at|under|over|near|by|with|behind|beside|during|while|where|as)\b)",
    re.IGNORECASE,
)


def split_denied(prompt: str) -> tuple[str, str]:
    """The prompt without what it denies, and what that is."""
    denied = " ".join(match["what"].strip() for match in _DENIED.finditer(prompt))
    return _DENIED.sub(" ", prompt), denied
