"""Validation of test directives: a misspelled one is refused, so that a test of a failure cannot pass by mistake."""

import re

from kit.errors import InvalidInput, closest_match
from kit.text import truncate
from providers.backend import JSON
from providers.simulation import DIRECTIVE, ERRORS, MAX_DELAY

FIELD = "input.input.text"
ALLOWED = [*(f"test:{name}" for name in sorted(ERRORS)), "test:hang", "test:delay=SECONDS"]
DIRECTIVE_LIKE = re.compile(r"(?<![\w:/])test:[a-z_][^\s,;!?\"'()\[\]<>]*", re.IGNORECASE)
DELAY = "test:delay"


def check_test_directives(text: JSON) -> None:
    """Raise `InvalidInput`, with the closest directive, for a word that starts with `test:` and is not a directive."""
    if not isinstance(text, str):
        return
    for match in DIRECTIVE_LIKE.finditer(text):
        word = match[0]
        if word.lower().startswith(DELAY):
            _check_delay(word.lower().rstrip("."))
        elif DIRECTIVE.match(text, match.start()) is None:
            message = f"{truncate(word)} is not a test directive."
            raise InvalidInput(message, field=FIELD, allowed=ALLOWED, given=_closest_directive(word))


def _closest_directive(word: str) -> str | None:
    """Return the directive with the closest spelling, compared without the common `test:` prefix."""
    name = word.partition(":")[2].partition("=")[0]
    by_name = {directive.partition(":")[2].partition("=")[0]: directive for directive in ALLOWED}
    close = closest_match(name, tuple(by_name))
    return None if close is None else by_name[str(close)]


def _check_delay(word: str) -> None:
    seconds = word.removeprefix(DELAY).removeprefix("=")
    limit = MAX_DELAY.total_seconds()
    if not DIRECTIVE.fullmatch(word) or float(seconds) > limit:
        message = f"{truncate(word)} is not a valid delay: write {DELAY}=SECONDS, in decimals, from 0 to {limit:,.0f}."
        raise InvalidInput(message, field=FIELD, allowed=ALLOWED)
