"""Temporary directories for databases."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RAM_DISK = Path("/dev/shm")  # noqa: S108  only the parent of a new directory


@contextmanager
def ram_directory() -> Iterator[Path]:
    """Yield a temporary directory, on a RAM disk where there is one: every commit syncs to it."""
    with tempfile.TemporaryDirectory(dir=RAM_DISK if RAM_DISK.is_dir() else None) as folder:
        yield Path(folder)
