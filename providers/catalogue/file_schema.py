"""The keys of the tables of a catalogue file, and the types of their values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from providers.catalogue.errors import EntryError, Place


@dataclass(frozen=True, slots=True)
class ValueType:
    """A type of values: its name for error messages, and the check of a value."""

    name: str
    includes: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class TableSchema:
    """The required and the optional keys of a table."""

    required: Mapping[str, ValueType]
    optional: Mapping[str, ValueType]


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_list(value: Any, of: type) -> bool:
    return isinstance(value, list) and all(isinstance(item, of) for item in value)


def is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _is_values(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(is_scalar(item) for item in value)


def _is_table_of(value: Any, includes: Callable[[Any], bool]) -> bool:
    return isinstance(value, dict) and all(includes(item) for item in value.values())


TEXT = ValueType("a text", lambda value: isinstance(value, str) and bool(value.strip()))
TEXTS = ValueType("a list of texts", lambda value: _is_list(value, str))
FLAG = ValueType("true or false", lambda value: isinstance(value, bool))
NUMBER = ValueType("a number", is_number)
WHOLE = ValueType("a whole number", lambda value: is_number(value) and isinstance(value, int))
DATE = ValueType("a date such as 2027-01-31", lambda value: isinstance(value, date) and not isinstance(value, datetime))
SCALAR = ValueType("a text, a number, true or false", is_scalar)
VALUES = ValueType("a list of values", _is_values)
LIST = ValueType("a list", lambda value: isinstance(value, list))
TABLE = ValueType("a table", lambda value: isinstance(value, dict))
TABLES = ValueType("a list of tables", lambda value: _is_list(value, dict))
TEXT_TABLE = ValueType("a table of texts", lambda value: _is_table_of(value, lambda item: isinstance(item, str)))
NUMBER_TABLES = ValueType(
    "a table of tables of numbers", lambda value: _is_table_of(value, lambda t: _is_table_of(t, is_number))
)
VALUE_TABLES = ValueType(
    "a table of tables of values", lambda value: _is_table_of(value, lambda t: _is_table_of(t, is_scalar))
)
RULES = ValueType(
    "a table of lists of values, or of ranges such as { minimum = 1, maximum = 9 }",
    lambda value: _is_table_of(value, lambda item: _is_values(item) or isinstance(item, dict)),
)

PROVIDER = TableSchema(
    required={
        "id": TEXT,
        "name": TEXT,
        "vendor": TEXT,
        "type": TEXT,
        "description": TEXT,
        "modes": TEXTS,
        "features": TEXTS,
        "quality": NUMBER,
        "speed": NUMBER,
        "time": TABLE,
        "content": TABLE,
        "options": TABLE,
        "rates": TABLES,
        "routes": TABLES,
    },
    optional={"aliases": TEXTS, "limitations": TEXTS, "models": TABLES, "common": TABLE},
)
TIME = TableSchema({"base": NUMBER}, {"per_second": NUMBER, "per_thousand_characters": NUMBER})
CONTENT = TableSchema({}, {"required": FLAG, "unless": TEXT, "maximum": WHOLE})
OPTION = TableSchema(
    {},
    {
        "type": TEXT,
        "description": TEXT,
        "required": FLAG,
        "allowed": VALUES,
        "default": SCALAR,
        "minimum": NUMBER,
        "maximum": NUMBER,
        "maximum_length": WHOLE,
        "adjustable": FLAG,
        "superseded_by": TEXT,
    },
)
MODEL = TableSchema({"id": TEXT, "name": TEXT}, {"default": FLAG, "retires_on": DATE})
RATE = TableSchema(
    {"since": DATE, "kind": TEXT},
    {"amount": NUMBER, "unit": WHOLE, "points": LIST, "multipliers": NUMBER_TABLES},
)
ROUTE = TableSchema(
    {"backend": TEXT},
    {
        "model": TEXT,
        "modes": TEXTS,
        "when": RULES,
        "supported": RULES,
        "pixels": TABLE,
        "max_ratio": NUMBER,
        "fields": TEXT_TABLE,
        "words": VALUE_TABLES,
        "templates": TEXT_TABLE,
        "prompt_suffixes": TEXT_TABLE,
        "constants": TABLE,
        "extra": TEXTS,
        "keeps_input_shape": FLAG,
        "needs_links": FLAG,
        "default_settings": TEXT_TABLE,
        "substitute": TEXT,
        "retires_on": DATE,
        "replaced_by": TEXT,
    },
)
RANGE = TableSchema({}, {"minimum": NUMBER, "maximum": NUMBER, "multiple": WHOLE})


def check_table(schema: TableSchema, data: Any, place: Place, *, required: bool = True) -> None:
    """Raise `EntryError` for unknown and missing keys, and for values of another type."""
    if not isinstance(data, dict):
        raise EntryError("this must be a table", place)
    kinds = {**schema.required, **schema.optional}
    unknown = sorted(data.keys() - kinds.keys())
    if unknown:
        raise EntryError(f"unknown {', '.join(unknown)}; there are {', '.join(kinds)}", (*place, unknown[0]))
    missing = [name for name in schema.required if required and name not in data]
    if missing:
        raise EntryError(f"{', '.join(missing)} is missing", place)
    for name, value in data.items():
        if not kinds[name].includes(value):
            raise EntryError(f"this must be {kinds[name].name}", (*place, name))
