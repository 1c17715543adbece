"""Timestamps for clients: RFC 3339 in UTC with milliseconds."""

from datetime import UTC, datetime


def format_timestamp(moment: datetime) -> str:
    """Return a timestamp such as `2026-01-31T12:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
