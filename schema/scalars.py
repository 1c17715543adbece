"""The scalars, and how a moment is read."""

from datetime import UTC, datetime

import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from kit.timestamps import format_timestamp

LONGEST_SHOWN = 60  # characters


def parse_timestamp(text: object) -> datetime:
    """The moment in UTC; one without an offset is taken to be in UTC. Raises `GraphQLError`."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        if moment is not None:
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    shown = repr(text)[:LONGEST_SHOWN]
    raise GraphQLError(f"DateTime cannot represent {shown}: write it as in RFC 3339, such as 2026-01-31T12:00:00.000Z.")


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment in UTC with milliseconds, as in RFC 3339: `2026-01-31T12:00:00.000Z`.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=format_timestamp,
        parse_value=parse_timestamp,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        specified_by_url="https://ecma-international.org/publications-and-standards/standards/ecma-404/",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
}
