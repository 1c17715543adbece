"""The dependencies of the use cases."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from database.transaction import Database
from generations.execution.concurrency import ConcurrencyLimits
from generations.execution.dependents import Dependents
from generations.execution.queue import Queue
from generations.generation import Generation
from generations.generation_cache import GenerationCache
from generations.routing.availability import RouteAvailability
from kit.clock import Clock
from kit.disk_space import DiskSpace
from kit.pubsub import Hub
from kit.shutdown import ShutdownTimeouts
from media.library import MediaLibrary
from providers.catalogue import Catalogue
from providers.health import HealthMonitor
from providers.registry import Backends
from webhooks.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Services:
    """The dependencies of the use cases, created once when the server starts."""

    database: Database
    clock: Clock
    catalogue: Catalogue
    backends: Backends
    queue: Queue
    generation_cache: GenerationCache
    outbox: Outbox
    library: MediaLibrary
    disk_space: DiskSpace
    """Free space of the data directory: the database on SQLite, uploads, renders and, by default, media."""
    workspace: Path
    """The directory of input files while their generation runs."""
    secret: bytes
    """Signs quotes and callback URLs."""
    hub: Hub[Generation] = field(default_factory=Hub)
    """Publishes the changes of generations to the subscribers of this process."""
    public_url: str | None = None
    """The public base URL without a trailing slash, if known."""
    retention_days: int | None = None
    """Days to retain outputs, in place of the plan's retention."""
    concurrency: ConcurrencyLimits = field(default_factory=ConcurrencyLimits)
    """Limits the concurrent jobs of each backend."""
    health: HealthMonitor = field(default_factory=HealthMonitor)
    """Recent outcomes and circuit breakers of backends and models."""
    dependents: Dependents = field(default_factory=Dependents)
    """Generations that wait for another one, whose output is their input."""
    input_url: Callable[[str], str | None] | None = None
    """Returns a URL from which an upstream can download a stored file, by its key; None without a public URL."""
    shutdown_timeouts: ShutdownTimeouts = field(default_factory=ShutdownTimeouts)
    """Timeouts of requests that wait for the end of a generation."""

    @property
    def route_availability(self) -> RouteAvailability:
        """The routes that this server can use."""
        return RouteAvailability(self.backends, self.health, has_public_url=self.public_url is not None)
