"""What accounts are told of, and how it is put into a message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from kit.ids import new_id
from kit.timestamps import format_timestamp


class EventType(StrEnum):
    """What a message tells of; the value is its `type`."""

    GENERATION_COMPLETED = "generation.completed"
    GENERATION_FAILED = "generation.failed"
    GENERATION_CANCELLED = "generation.cancelled"
    GENERATION_PROGRESS = "generation.progress"
    CREDITS_LOW = "credits.low"
    ENDPOINT_DISABLED = "endpoint.disabled"


ENDS = (EventType.GENERATION_COMPLETED, EventType.GENERATION_FAILED, EventType.GENERATION_CANCELLED)
OF_GENERATIONS = (*ENDS, EventType.GENERATION_PROGRESS)
EPHEMERAL = frozenset({EventType.GENERATION_PROGRESS})
"""Tried once: what comes next says more than a repetition would."""


@dataclass(frozen=True, slots=True)
class Link:
    """The file whose signed address a message carries; it is signed anew for every attempt."""

    key: str
    filename: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one of the two books of an account."""

    type: EventType
    message_id: str
    """The same whoever is told and however often, so that a receiver can tell a repetition."""
    account_id: str
    test_mode: bool
    at: datetime
    body: Mapping[str, Any] = field(repr=False)
    link: Link | None = None
    generation_id: str | None = None


def message_id_of(generation_id: str, version: int) -> str:
    """The id of the message that tells of a generation's version."""
    return f"msg_{generation_id.removeprefix('gen_')}_{version}"


def generation_body(
    type: EventType,
    *,
    id: str,
    status: str,
    url: str | None,
    service: str,
    created_at: str,
    completed_at: str | None,
    size: Mapping[str, float | int | None],
    credit_cost: int,
    error: Mapping[str, object] | None,
    progress: int,
    version: int,
) -> dict[str, Any]:
    """As published for Doitong (`id` to `metadata`), with what else there is to say; `size` is that of the output."""
    return {
        "type": type.value,
        "id": id,
        "status": status.lower(),
        "url": url,
        "service": service,
        "createdAt": created_at,
        "completedAt": completed_at,
        "metadata": {name: size[name] for name in ("duration", "width", "height")},
        "creditCost": credit_cost,
        "error": error,
        "progress": progress,
        "version": version,
    }


def credits_low(account_id: str, *, test_mode: bool, available: int, low_at: int, at: datetime) -> Event:
    """The available credits have just gone below the account's mark."""
    message_id = new_id("msg", at)
    body = {
        "type": EventType.CREDITS_LOW.value,
        "id": message_id,
        "available": available,
        "lowAt": low_at,
        "testMode": test_mode,
        "createdAt": format_timestamp(at),
    }
    return Event(EventType.CREDITS_LOW, message_id, account_id, test_mode, at, body)


def endpoint_disabled(
    account_id: str, *, test_mode: bool, endpoint_id: str, url: str, reason: str, at: datetime
) -> Event:
    """An endpoint of the account was disabled by the server."""
    body = {
        "type": EventType.ENDPOINT_DISABLED.value,
        "id": endpoint_id,
        "url": url,
        "reason": reason,
        "testMode": test_mode,
        "createdAt": format_timestamp(at),
    }
    return Event(EventType.ENDPOINT_DISABLED, new_id("msg", at), account_id, test_mode, at, body)
