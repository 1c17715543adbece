"""Machine-readable parts of graphql-core's messages about invalid values: the field and the suggested name."""

import re

VALUE = re.compile(r"Variable '\$(?P<variable>\w+)' has invalid value(?: at (?P<path>[\w.\[\]]+))?: ")
MEMBER = re.compile(r"(?:unknown|required) field '(?P<name>\w+)'")
SUGGESTION = re.compile(r"Did you mean (?:the enum value )?'(?P<name>\w+)'")


def error_hints(message: str) -> dict[str, str]:
    """Return `field` and `suggestion` where the message has them."""
    found: dict[str, str] = {}
    if value := VALUE.match(message):
        member = MEMBER.search(message)
        path = f"{value['variable']}{value['path'] or ''}"
        found["field"] = f"{path}.{member['name']}" if member else path
    if suggestion := SUGGESTION.search(message):
        found["suggestion"] = suggestion["name"]
    return found
