"""The webhook message for a change of a generation, built from its GraphQL fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import orjson

PROCESSING = "PROCESSING"
PROGRESS = "generation.progress"
ENDED_TYPES = ("generation.completed", "generation.failed", "generation.cancelled")
EVENT_TYPES = (*ENDED_TYPES, PROGRESS)
FRAGMENT = """
fragment GenerationState on Generation {
  id status url provider creditCost progress version createdAt completedAt duration width height
  error { code message retryable }
}"""


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """A webhook message. `message_id` equals the one the server sends for the same change, for deduplication."""

    type: str
    generation_id: str
    message_id: str
    body: bytes

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Build the webhook for a generation selected with `FRAGMENT`."""
        type = PROGRESS if state["status"] == PROCESSING else f"generation.{state['status'].lower()}"
        message_id = f"msg_{state['id'].removeprefix('gen_')}_{state['version']}"
        return cls(type, state["id"], message_id, orjson.dumps(_body(state, type)))


def _body(state: Mapping[str, Any], type: str) -> dict[str, Any]:
    return {
        "type": type,
        "id": state["id"],
        "status": state["status"].lower(),
        "url": state["url"],
        "service": state["provider"],
        "createdAt": state["createdAt"],
        "completedAt": state["completedAt"],
        "metadata": {name: state[name] for name in ("duration", "width", "height")},
        "creditCost": state["creditCost"],
        "error": state["error"],
        "progress": state["progress"],
        "version": state["version"],
    }
