"""`Services` for tests of the use cases: one builder, and a media library that stores nothing."""

from collections.abc import Collection
from pathlib import Path

from database.transaction import Database
from generations.execution.queue import EmbeddedQueue
from generations.generation_cache import GenerationCache
from generations.services import Services
from kit.clock import Clock
from kit.disk_space import DiskSpace
from kit.outbound import validate_url
from media.ingest import IngestedFile
from media.library import MediaLibrary
from providers.backend import Backend
from providers.catalogue import load_catalogue
from providers.registry import Backends
from webhooks.outbox import Outbox

EMPTY_DISK = DiskSpace(Path("/"), usage=lambda _: (10**12, 0, 10**12))
SECRET = b"a secret of the tests"


class FakeLibrary(MediaLibrary):
    """Accepts every output and input, and stores nothing."""

    def __init__(self) -> None:
        """No store, no HTTP client."""

    async def store_file(self, path: Path, *, media_type: str) -> IngestedFile:
        return _stored(media_type)

    async def store_url(self, url: str, *, media_type: str) -> IngestedFile:
        return _stored(media_type)

    def check(self, address: str, *, field: str, kind: str) -> None:
        """Accept every address."""

    async def fetch(self, address: str, *, field: str, kind: str, directory: Path) -> Path:
        return directory / kind

    async def copy(self, key: str, directory: Path) -> Path:
        path = directory / f"{key}.png"
        path.touch()
        return path

    async def delete_unused(self) -> int:
        return 0

    async def finish_deleting(self, keys: Collection[str]) -> int:
        return len(keys)

    async def delete_stuck(self) -> int:
        return 0


def _stored(media_type: str) -> IngestedFile:
    return IngestedFile(
        key="k",
        media_type=media_type,
        bytes=1,
        sha256="0" * 64,
        format="png",
        codec="png",
        width=None,
        height=None,
        duration=None,
        has_audio=False,
        thumbnail_key=None,
        optimized_key=None,
    )


def build_services(
    database: Database,
    clock: Clock,
    *upstreams: Backend,
    workspace: Path,
    library: MediaLibrary | None = None,
    secret: bytes = SECRET,
) -> Services:
    """Services with these backends for live keys, the first of which also serves test keys."""
    return Services(
        database=database,
        clock=clock,
        catalogue=load_catalogue(),
        backends=Backends(live={upstream.name: upstream for upstream in upstreams}, test=upstreams[0]),
        queue=EmbeddedQueue(clock),
        generation_cache=GenerationCache(),
        outbox=Outbox(validate_url),
        library=library or FakeLibrary(),
        disk_space=EMPTY_DISK,
        workspace=workspace,
        secret=secret,
    )
