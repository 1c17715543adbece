"""What the use cases are given to work with."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from database.transaction import Database
from generations.execution.queue import Queue
from generations.generation import Generation, StoredOutput
from kit.clock import Clock
from kit.events import Hub
from kit.shutdown import ShutdownTimeouts
from providers.backend import Backend, Output
from providers.catalogue import Catalogue
from webhooks.outbox import Outbox


class Library(Protocol):
    """Where outputs are kept and inputs are fetched to; the media store behind it is the server's choice."""

    async def store(self, output: Output) -> StoredOutput:
        """Check one file a backend made and keep it. Safe to repeat. Raises `GenerationFailed` for an unusable file."""
        ...

    def check(self, address: str, *, field: str, kind: str) -> None:
        """Refuse an address that can be seen to hold no `kind`. Raises `InvalidMediaUrl` or `InvalidInput`."""
        ...

    async def fetch(self, address: str, *, field: str, kind: str, directory: Path) -> Path:
        """Bring an input into `directory`, checked to be of `kind`, unless it is there. Raises `InvalidMediaUrl`."""
        ...

    async def copy(self, key: str, directory: Path) -> Path:
        """Put something stored into `directory`, where it stays. Raises `NotFound` when it was deleted."""
        ...

    async def sweep(self) -> int:
        """Delete every stored file that nobody needs any more; returns how many. Safe to repeat.

        Raises `ProviderUnavailable` when the store did not delete all.
        """
        ...

    async def finish_deleting(self, keys: Collection[str]) -> int:
        """Delete files whose deletion was begun, as far as the store does it within seconds; returns how many."""
        ...

    async def delete_stuck(self) -> int:
        """Finish deletions that were begun a while ago, as `sweep` does; returns how many. Safe to repeat."""
        ...


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
    library: Library
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
