"""The directory of temporary files of one process, beside those of other processes and machines."""

import fcntl
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import IO

NODES = "nodes"


@contextmanager
def node_directory(data_directory: Path, *, host: str | None = None) -> Iterator[Path]:
    """Yield an empty directory that no other process uses, `nodes/HOST-1` or the next that is free.

    What a previous process left in it is deleted. Raises `OSError` if it cannot be made.
    """
    parent = data_directory / NODES
    parent.mkdir(exist_ok=True)
    name = re.sub(r"[^\w.-]", "_", host or socket.gethostname())
    for number in count(1):
        directory = parent / f"{name}-{number}"
        lock = _lock(directory.with_name(f"{directory.name}.lock"))
        if lock is None:
            continue
        with lock:
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir(exist_ok=True)
            yield directory
        return


def is_in_use(data_directory: Path) -> bool:
    """Whether a process has a node directory in this data directory."""
    return any(_is_locked(path) for path in (data_directory / NODES).glob("*.lock"))


def _is_locked(path: Path) -> bool:
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _lock(path: Path) -> IO[str] | None:
    """Return the locked file, or None if another process has it. Closing it, or the end of the process, unlocks it."""
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
