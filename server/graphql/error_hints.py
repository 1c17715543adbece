"""What a program can use of graphql-core's messages about wrong values: the field, and the nearest spelling."""

import re

VALUE = re.compile(r"Variable '\$(?P<variable>\w+)' has invalid value(?: at (?P<path>[\w.\[\]]+))?: ")
MEMBER = re.compile(r"(?:unknown|required) field '(?P<name>\w+)'")
SUGGESTION = re.compile(r"Did you mean (?:the enum value )?'(?P<name>\w+)'")


def hints(message: str) -> dict[str, str]:
    """`field` and `suggestion`, as far as the message has them."""
    found: dict[str, str] = {}
    if value := VALUE.match(message):
        member = MEMBER.search(message)
        path = f"{value['variable']}{value['path'] or ''}"
        found["field"] = f"{path}.{member['name']}" if member else path
    if suggestion := SUGGESTION.search(message):
        found["suggestion"] = suggestion["name"]
    return found
