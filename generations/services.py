"""What the use cases are given to work with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from database.transaction import Database
from generations.execution.queue import Queue
from generations.generation import Generation
from kit.clock import Clock
from kit.events import Hub
from kit.shutdown import ShutdownTimeouts
from media.library import MediaLibrary
from providers.backend import Backend
from providers.catalogue import Catalogue
from webhooks.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Backends:
    """The backends of live keys by name, and the one that stands in for all of them under a test key."""

    live: Mapping[str, Backend]
    test: Backend

    def of(self, generation: Generation) -> Backend:
        """The backend that the generation was routed to."""
        if generation.test_mode:
            return self.test
        if generation.route is None:
            raise LookupError(f"{generation.id} has no route yet")
        return self.live[generation.route.backend]


@dataclass(frozen=True, slots=True)
class Services:
    """One of each, made when the server starts."""

    database: Database
    clock: Clock
    catalogue: Catalogue
    backends: Backends
    queue: Queue
    hub: Hub[Generation]
    outbox: Outbox
    library: MediaLibrary
    workspace: Path
    """A directory for inputs while their generation runs."""
    secret: bytes
    """Signs what clients bring back: quotes; and what upstreams do: callback addresses."""
    public_url: str | None = None
    """What the world reaches this server under, without a slash at the end; None when that is not known."""
    retention_days: int | None = None
    """How long outputs are kept, whatever the plan says; None leaves it to the plan."""
    waits: ShutdownTimeouts = field(default_factory=ShutdownTimeouts)
    """Requests that wait for the end of a generation."""
