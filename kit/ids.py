"""Identifiers that sort by creation time: a prefix and a ULID in lower case."""

import re
import secrets
from datetime import datetime

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
RANDOM_BITS = 80
LENGTH = 26  # characters of five bits
PATTERN = re.compile(rf"[a-z]+_[{CROCKFORD}]{{{LENGTH}}}")


def new_id(prefix: str, at: datetime) -> str:
    """Return an id such as `gen_01kaj…`: 48 bits of milliseconds, 80 random bits."""
    return _format(prefix, at, secrets.randbits(RANDOM_BITS))


def least_id(prefix: str, at: datetime) -> str:
    """Return the smallest id of that time, for ranges of ids."""
    return _format(prefix, at, 0)


def _format(prefix: str, at: datetime, number: int) -> str:
    number |= int(at.timestamp() * 1000) << RANDOM_BITS
    return f"{prefix}_" + "".join(CROCKFORD[number >> 5 * place & 31] for place in reversed(range(LENGTH)))


def is_id(text: str) -> bool:
    """Whether `text` is a well-formed id."""
    return PATTERN.fullmatch(text) is not None
