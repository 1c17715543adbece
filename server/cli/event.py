"""A change of a generation as the webhook that tells of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import orjson

from webhooks.event import EventType, generation_body, message_id_of

PROCESSING = "PROCESSING"
TOLD = """
fragment Told on Generation {
  id status url provider creditCost progress version createdAt completedAt duration width height
  error { code message retryable }
}"""


@dataclass(frozen=True, slots=True)
class Event:
    """One webhook. The id is the same whoever sends it and however often, so that a receiver can tell a repetition."""

    type: EventType
    generation_id: str
    message_id: str
    body: bytes

    @classmethod
    def from_model(cls, told: Mapping[str, Any]) -> Self:
        """From a generation as the fragment `Told` selects it."""
        is_over = told["status"] != PROCESSING
        type = EventType(f"generation.{told['status'].lower()}") if is_over else EventType.GENERATION_PROGRESS
        message_id = message_id_of(told["id"], told["version"])
        return cls(type, told["id"], message_id, orjson.dumps(_body(told, type)))


def _body(told: Mapping[str, Any], type: EventType) -> dict[str, Any]:
    return generation_body(
        type,
        id=told["id"],
        status=told["status"],
        url=told["url"],
        service=told["provider"],
        created_at=told["createdAt"],
        completed_at=told["completedAt"],
        size=told,
        credit_cost=told["creditCost"],
        error=told["error"],
        progress=told["progress"],
        version=told["version"],
    )
