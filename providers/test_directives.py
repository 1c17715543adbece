"""Refuses an outcome word that would bring about nothing: a test that asks for a failure must not quietly succeed."""

import re

from kit.errors import InvalidInput, closest_match
from kit.text import truncate
from providers.backend import JSON
from providers.test_mode import ERRORS, LONGEST_DELAY, OUTCOME_WORD

FIELD = "input.input.text"
ALLOWED = [*(f"test:{word}" for word in sorted(ERRORS)), "test:hang", "test:delay=SECONDS"]
MEANT = re.compile(r"(?<![\w:/])test:[a-z_][^\s,;!?\"'()\[\]<>]*", re.IGNORECASE)
DELAY = "test:delay"


def check_outcome_words(text: JSON) -> None:
    """Raise `InvalidInput` for a word that begins like an outcome and is none, naming the nearest."""
    if not isinstance(text, str):
        return
    for match in MEANT.finditer(text):
        word = match[0]
        if word.lower().startswith(DELAY):
            _check_delay(word.lower().rstrip("."))
        elif OUTCOME_WORD.match(text, match.start()) is None:
            message = f"{truncate(word)} is no outcome that a test key can ask for."
            raise InvalidInput(message, field=FIELD, allowed=ALLOWED, given=_meant(word))


def _meant(word: str) -> str | None:
    """The outcome that is spelled most like the word; what all of them begin with does not count."""
    bare = word.partition(":")[2].partition("=")[0]
    by_name = {outcome.partition(":")[2].partition("=")[0]: outcome for outcome in ALLOWED}
    close = closest_match(bare, tuple(by_name))
    return None if close is None else by_name[str(close)]


def _check_delay(word: str) -> None:
    seconds = word.removeprefix(DELAY).removeprefix("=")
    longest = LONGEST_DELAY.total_seconds()
    if not OUTCOME_WORD.fullmatch(word) or float(seconds) > longest:
        message = f"{truncate(word)} is no delay: it is {DELAY}=SECONDS, in decimals, from 0 to {longest:,.0f}."
        raise InvalidInput(message, field=FIELD, allowed=ALLOWED)
