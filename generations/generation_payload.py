"""The published body of a generation, as in webhooks and REST responses."""

from collections.abc import Mapping
from typing import Any


def generation_body(
    type: str,
    *,
    id: str,
    status: str,
    url: str | None,
    service: str,
    created_at: str,
    completed_at: str | None,
    dimensions: Mapping[str, float | int | None],
    credit_cost: int,
    error: Mapping[str, object] | None,
    progress: int,
    version: int,
) -> dict[str, Any]:
    """Return the body as published for Doitong (`id` to `metadata`), and more fields.

    `dimensions` are the duration, width and height of the output.
    """
    return {
        "type": type,
        "id": id,
        "status": status.lower(),
        "url": url,
        "service": service,
        "createdAt": created_at,
        "completedAt": completed_at,
        "metadata": {name: dimensions[name] for name in ("duration", "width", "height")},
        "creditCost": credit_cost,
        "error": error,
        "progress": progress,
        "version": version,
    }
