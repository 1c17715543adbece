"""Moves values to the nearest allowed one and reports it; rejects values that are too far."""

import re

from kit.errors import InvalidInput
from kit.text import truncate
from providers.backend import JSON, Adjustment
from providers.catalogue.model import Option, OptionType, Value

MAX_ADJUSTMENT_FACTOR = 2.0  # a number is near if it is at most this factor off
MAX_INTEGER = 2**63
KINDS = {
    OptionType.STRING: "a text",
    OptionType.INTEGER: "a whole number",
    OptionType.FLOAT: "a number",
    OptionType.BOOLEAN: "true or false",
}


def as_type(option: Option, value: JSON, *, field: str) -> Value:
    """Convert the value to the option's type: 10.0 is an integer, "10" and true are not. Raises `InvalidInput`."""
    match option.type, value:
        case OptionType.STRING, str():
            return _text(option, value, field=field)
        case OptionType.BOOLEAN, bool():
            return value
        case ((OptionType.INTEGER | OptionType.FLOAT), (int() | float())) if not isinstance(value, bool):
            if abs(value) <= MAX_INTEGER and float(value).is_integer():
                return int(value)
            if abs(value) <= MAX_INTEGER and option.type is OptionType.FLOAT:
                return value
    rule = _rule(option)
    message = f"{option.name!r} must be {KINDS[option.type]}{f': {rule}' if rule else ''}."
    raise InvalidInput(message, field=field, allowed=option.allowed)


def adjust_to_allowed(option: Option, value: Value, *, field: str) -> tuple[Value, Adjustment | None]:
    """Return the nearest allowed value. Raises `InvalidInput` when none is near."""
    used = _allowed(option, value) if option.allowed is not None else _in_range(option, value)
    if used is None:
        shown = truncate(value) if isinstance(value, str) else value
        message = f"{option.name!r} cannot be {shown}: {_rule(option)}."
        raise InvalidInput(message, field=field, allowed=option.allowed, given=value)
    if used == value:
        return used, None
    reason = f"{_rule(option)}; the nearest was used"
    return used, Adjustment(reason, field.removeprefix("input."), requested=value, used=used)


def _text(option: Option, value: str, *, field: str) -> str:
    if not value.strip():
        raise InvalidInput(f"{option.name!r} is empty.", field=field, allowed=option.allowed)
    if option.maximum_length is not None and len(value) > option.maximum_length:
        message = f"{option.name!r} has {len(value):,} characters and may have at most {option.maximum_length:,}."
        raise InvalidInput(message, field=field)
    return value


def _allowed(option: Option, value: Value) -> Value | None:
    allowed = option.allowed or ()
    if value in allowed:
        return value
    if isinstance(value, str):
        return next((choice for choice in allowed if _spelling(str(choice)) == _spelling(value)), None)
    numbers = [choice for choice in allowed if isinstance(choice, int | float)]
    if (
        not option.adjustable
        or not numbers
        or not min(numbers) / MAX_ADJUSTMENT_FACTOR <= value <= max(numbers) * MAX_ADJUSTMENT_FACTOR
    ):
        return None
    return min(numbers, key=lambda choice: (abs(choice - value), choice))


def _in_range(option: Option, value: Value) -> Value | None:
    if isinstance(value, str | bool):
        return value
    low, high = option.minimum, option.maximum
    if low is not None and value < low:
        return low if option.adjustable and value > 0 and value >= low / MAX_ADJUSTMENT_FACTOR else None
    if high is not None and value > high:
        return high if option.adjustable and value <= high * MAX_ADJUSTMENT_FACTOR else None
    return value


def _rule(option: Option) -> str:
    """Return the rule of the option as text; empty for any value of its type."""
    if option.allowed is not None:
        return "it may be " + ", ".join(str(choice) for choice in option.allowed)
    low, high = option.minimum, option.maximum
    if low is not None and high is not None:
        return f"it may be {low} to {high}"
    if low is not None:
        return f"it may be {low} or more"
    return "" if high is None else f"it may be {high} or less"


def _spelling(text: str) -> str:
    """Normalize case, spaces and the separator between two numbers."""
    return re.sub(r"(?<=\d)[x/×](?=\d)", ":", re.sub(r"[\s_-]", "", text.lower()))
