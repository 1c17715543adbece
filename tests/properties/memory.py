"""A folder for databases that live as long as a test."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  only the parent of a fresh folder


@contextmanager
def memory_folder() -> Iterator[Path]:
    """In memory where the machine has that: every commit waits until the folder has synced it."""
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None) as folder:
        yield Path(folder)
