"""The dependencies of the use cases."""

from dataclasses import dataclass, field
from pathlib import Path

from database.transaction import Database
from generations.execution.queue import Queue
from generations.generation import Generation
from kit.clock import Clock
from kit.disk_space import DiskSpace
from kit.events import Hub
from kit.shutdown import ShutdownTimeouts
from media.library import MediaLibrary
from providers.catalogue import Catalogue
from providers.registry import Backends
from webhooks.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Services:
    """One instance of each, created when the server starts."""

    database: Database
    clock: Clock
    catalogue: Catalogue
    backends: Backends
    queue: Queue
    hub: Hub[Generation]
    outbox: Outbox
    library: MediaLibrary
    disk_space: DiskSpace
    """Of the data directory: the database on SQLite, uploads, renders and, by default, media."""
    workspace: Path
    """The directory of input files while their generation runs."""
    secret: bytes
    """Signs quotes and callback URLs."""
    public_url: str | None = None
    """The public base URL without a trailing slash, if known."""
    retention_days: int | None = None
    """Days to retain outputs, in place of the plan's retention."""
    shutdown_timeouts: ShutdownTimeouts = field(default_factory=ShutdownTimeouts)
    """Timeouts of requests that wait for the end of a generation."""
