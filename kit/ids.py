"""Identifiers that sort by creation time: a prefix and a ULID in lower case."""

import re
import secrets
from datetime import datetime

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
RANDOM_BITS = 80
LENGTH = 26  # characters of five bits
PAIRS = [first + second for first in CROCKFORD for second in CROCKFORD]
LAST_PAIR = len(PAIRS) - 1
SHIFTS = range(10 * (LENGTH // 2 - 1), -1, -10)  # bits below each pair
PATTERN = re.compile(rf"[a-z]+_[{CROCKFORD}]{{{LENGTH}}}")


def new_id(prefix: str, at: datetime) -> str:
    """Return an id such as `gen_01kaj…`: 48 bits of milliseconds, 80 random bits."""
    return _format(prefix, at, secrets.randbits(RANDOM_BITS))


def least_id(prefix: str, at: datetime) -> str:
    """Return the smallest id of that time, for ranges of ids."""
    return _format(prefix, at, 0)


def _format(prefix: str, at: datetime, number: int) -> str:
    number |= int(at.timestamp() * 1000) << RANDOM_BITS
    return f"{prefix}_" + "".join([PAIRS[number >> shift & LAST_PAIR] for shift in SHIFTS])


def is_id(text: str) -> bool:
    """Whether `text` is a well-formed id."""
    return PATTERN.fullmatch(text) is not None
