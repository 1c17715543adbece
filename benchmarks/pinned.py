"""A server process on a core of its own, and its CPU time."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from tests.support.server_process import ServerProcess

NANOSECOND = 1e-9


@contextmanager
def pinned_server(
    data_directory: Path, *, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[ServerProcess]:
    """Run the server on the first core, and this process on the others, if there are any, until the server ends."""
    cores = os.sched_getaffinity(0)
    first = min(cores)
    with ServerProcess(data_directory, settings=settings) as server:
        for thread in Path(f"/proc/{server.process_id}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {first})
        os.sched_setaffinity(0, cores - {first} or cores)
        try:
            yield server
        finally:
            os.sched_setaffinity(0, cores)


def cpu_seconds(process_id: int) -> float:
    """Return the CPU time of a process: that of its live threads, in nanoseconds where `/proc/PID/stat` has ticks."""
    threads = Path(f"/proc/{process_id}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) * NANOSECOND
