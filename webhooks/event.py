"""Webhook events and their bodies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from kit.ids import new_id
from kit.timestamps import format_timestamp


class EventType(StrEnum):
    """The type of an event, as in the body."""

    GENERATION_COMPLETED = "generation.completed"
    GENERATION_FAILED = "generation.failed"
    GENERATION_CANCELLED = "generation.cancelled"
    GENERATION_PROGRESS = "generation.progress"
    CREDITS_LOW = "credits.low"
    ENDPOINT_DISABLED = "endpoint.disabled"


class MessageFormat(StrEnum):
    """The body and the delivery rules of a message, where they differ from the webhooks of this server."""

    APIXO = "task_status"
    """A callback of the APIXO API: its body is a task status, and the receiver accepts it with 200 only.

    `data.resultJson`, the URLs of the results, is added when it is sent.
    """


END_EVENTS = (EventType.GENERATION_COMPLETED, EventType.GENERATION_FAILED, EventType.GENERATION_CANCELLED)
GENERATION_EVENTS = (*END_EVENTS, EventType.GENERATION_PROGRESS)
EPHEMERAL = frozenset({EventType.GENERATION_PROGRESS})
"""Event types that are sent once and never retried."""


@dataclass(frozen=True, slots=True)
class LinkedFile:
    """A file whose signed URL is part of the body; it is signed anew for every attempt."""

    key: str
    filename: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """An event of an account in one mode."""

    type: EventType
    message_id: str
    """The webhook-id: equal for all receivers and attempts, so that receivers can deduplicate."""
    account_id: str
    test_mode: bool
    at: datetime
    body: Mapping[str, Any] = field(repr=False)
    link: LinkedFile | None = None
    """The file whose URL is the field `url` of the message, signed again for each attempt."""
    generation_id: str | None = None
    format: MessageFormat | None = None
    links: tuple[LinkedFile, ...] = ()
    """The files whose signed URLs are part of an `APIXO` message."""


def credits_low(account_id: str, *, test_mode: bool, available: int, threshold: int, at: datetime) -> Event:
    """Return the event for credits below the threshold."""
    message_id = new_id("msg", at)
    body = {
        "type": EventType.CREDITS_LOW.value,
        "id": message_id,
        "available": available,
        "lowAt": threshold,
        "testMode": test_mode,
        "createdAt": format_timestamp(at),
    }
    return Event(EventType.CREDITS_LOW, message_id, account_id, test_mode, at, body)


def endpoint_disabled(
    account_id: str, *, test_mode: bool, endpoint_id: str, url: str, reason: str, at: datetime
) -> Event:
    """Return the event for an endpoint that the server disabled."""
    body = {
        "type": EventType.ENDPOINT_DISABLED.value,
        "id": endpoint_id,
        "url": url,
        "reason": reason,
        "testMode": test_mode,
        "createdAt": format_timestamp(at),
    }
    return Event(EventType.ENDPOINT_DISABLED, new_id("msg", at), account_id, test_mode, at, body)
