"""A change of a generation as the webhook that tells of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import orjson

COMPLETED, FAILED, CANCELLED = "generation.completed", "generation.failed", "generation.cancelled"
PROGRESS = "generation.progress"
ENDS = (COMPLETED, FAILED, CANCELLED)
EVENTS = (*ENDS, PROGRESS)

PROCESSING = "PROCESSING"
TOLD = """
fragment Told on Generation {
  id status url provider creditCost version createdAt completedAt duration width height
  error { code message retryable }
}"""


@dataclass(frozen=True, slots=True)
class Event:
    """One webhook. The id is the same whoever sends it and however often, so that a receiver can tell a repetition."""

    type: str
    generation_id: str
    message_id: str
    body: bytes

    @classmethod
    def from_model(cls, told: Mapping[str, Any]) -> Self:
        """From a generation as the fragment `Told` selects it."""
        type = PROGRESS if told["status"] == PROCESSING else f"generation.{told['status'].lower()}"
        message_id = f"msg_{told['id'].removeprefix('gen_')}_{told['version']}"
        return cls(type, told["id"], message_id, orjson.dumps(_published(told, type)))


def _published(told: Mapping[str, Any], type: str) -> dict[str, Any]:
    return {
        "type": type,
        "id": told["id"],
        "status": told["status"].lower(),
        "url": told["url"],
        "service": told["provider"],
        "createdAt": told["createdAt"],
        "completedAt": told["completedAt"],
        "metadata": {name: told[name] for name in ("duration", "width", "height")},
        "creditCost": told["creditCost"],
        "error": told["error"],
        "version": told["version"],
    }
