"""Values that miss what is allowed: those nearby are moved onto it and reported, the others are refused."""

import re
from dataclasses import dataclass

from kit.errors import InvalidInput
from providers.backend import JSON
from providers.catalogue.model import Option, Value

REACH = 2.0  # a number is near when it is at most this many times too large or too small


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A value that was not used as it was given."""

    field: str
    requested: JSON
    used: JSON
    reason: str


def snap(option: Option, value: Value) -> tuple[Value, Adjustment | None]:
    """The allowed value nearest to `value`. Raises `InvalidInput` when none is near."""
    used = _allowed(option, value) if option.allowed is not None else _in_range(option, value)
    if used is None:
        raise InvalidInput(
            f"{option.name!r} cannot be {value!r}: {_rule(option)}.",
            field=f"input.options.{option.name}",
            allowed=option.allowed,
            given=value,
        )
    if used == value:
        return used, None
    reason = f"{_rule(option)}; the nearest was used"
    return used, Adjustment(f"options.{option.name}", requested=value, used=used, reason=reason)


def _allowed(option: Option, value: Value) -> Value | None:
    allowed = option.allowed or ()
    if value in allowed:
        return value
    if isinstance(value, str):
        return next((choice for choice in allowed if _spelling(str(choice)) == _spelling(value)), None)
    numbers = [choice for choice in allowed if isinstance(choice, int | float)]
    if isinstance(value, bool) or not numbers or not min(numbers) / REACH <= value <= max(numbers) * REACH:
        return None
    return min(numbers, key=lambda choice: (abs(choice - value), choice))


def _in_range(option: Option, value: Value) -> Value | None:
    if isinstance(value, str | bool):
        return value
    low, high = option.minimum, option.maximum
    if low is not None and value < low:
        return type(value)(low) if value >= low / REACH and value > 0 else None
    if high is not None and value > high:
        return type(value)(high) if value <= high * REACH else None
    return value


def _rule(option: Option) -> str:
    if option.allowed is not None:
        return "it may be " + ", ".join(str(choice) for choice in option.allowed)
    low, high = (_shown(bound) for bound in (option.minimum, option.maximum))
    if low and high:
        return f"it may be {low} to {high}"
    return f"it may be at least {low}" if low else f"it may be at most {high}"


def _shown(bound: float | None) -> str | None:
    return None if bound is None else f"{bound:g}" if bound < 1_000_000 else f"{bound:.0f}"


def _spelling(text: str) -> str:
    """What is left when case, spaces and the sign between two numbers do not matter."""
    return re.sub(r"(?<=\d)[x/×](?=\d)", ":", re.sub(r"[\s_-]", "", text.lower()))
