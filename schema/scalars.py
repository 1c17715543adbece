"""The custom scalars `DateTime` and `JSON`."""

from datetime import UTC, datetime

import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from kit.timestamps import format_timestamp

MAX_SHOWN = 60  # characters of a rejected value in the error message


def parse_timestamp(text: object) -> datetime:
    """Return the timestamp in UTC; one without an offset is interpreted as UTC. Raises `GraphQLError`."""
    try:
        timestamp = datetime.fromisoformat(text) if isinstance(text, str) else None
        if timestamp is not None:
            return timestamp.replace(tzinfo=UTC) if timestamp.tzinfo is None else timestamp.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    shown = repr(text)[:MAX_SHOWN]
    raise GraphQLError(
        f"DateTime cannot represent {shown}: use the format of RFC 3339, such as 2026-01-31T12:00:00.000Z."
    )


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A timestamp in UTC with milliseconds, in the format of RFC 3339: `2026-01-31T12:00:00.000Z`. "
        "Input without an offset is interpreted as UTC.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=format_timestamp,
        parse_value=parse_timestamp,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="An arbitrary JSON value.",
        specified_by_url="https://ecma-international.org/publications-and-standards/standards/ecma-404/",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
}
