"""Types of command line arguments. Each raises `argparse.ArgumentTypeError` with the allowed values."""

import argparse
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TypeAlias, TypeVar

DURATION = re.compile(r"(\d+)([smhd])")
MAX_DURATION = timedelta(days=36_500)
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

T = TypeVar("T", bound=str)
Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def one_of(choices: Iterable[T]) -> Callable[[str], T]:
    """Return a parser of `choices` that ignores case."""
    allowed = tuple(choices)

    def parse(text: str) -> T:
        for choice in allowed:
            if choice.lower() == text.lower():
                return choice
        names = ", ".join(choice.lower() for choice in allowed)
        raise argparse.ArgumentTypeError(f"{text.lower()!r} is not one of {names}")

    return parse


def bounded_integer(text: str, *, minimum: int, maximum: int) -> int:
    if not text.isdecimal() or len(text) > len(str(maximum)) or not minimum <= int(text) <= maximum:
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer from {minimum} to {maximum}")
    return int(text)


def duration(text: str) -> timedelta:
    match = DURATION.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration such as 12h or 30d")
    try:
        length = timedelta(**{UNITS[match[2]]: int(match[1])})
    except OverflowError:
        length = timedelta.max
    if not timedelta(0) < length <= MAX_DURATION:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 1s and {MAX_DURATION.days}d")
    return length
