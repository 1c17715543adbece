"""The dependencies of a query result: the objects it was made from, whose changes make a cached one stale."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class ResultDependencies:
    """Filled in by the resolvers of one query."""

    generation_ids: set[str] = field(default_factory=set)
    uses_providers: bool = False
    """Whether it depends on the catalogue and the availability of providers."""
    expires_at: datetime | None = None
    """When URLs in it expire."""
    is_complete: bool = True
    """Whether it depends on these alone: false if it says that an object, which may be created, does not exist."""

    def add_generation(self, generation_id: str, *, expires_at: datetime | None) -> None:
        """Add a generation; `expires_at` is when its files expire, if it has any."""
        self.generation_ids.add(generation_id)
        if expires_at is not None:
            self.expires_at = expires_at if self.expires_at is None else min(self.expires_at, expires_at)
