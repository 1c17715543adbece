"""A server process on a core of its own, and its CPU time."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from tests.support.server_process import ServerProcess

CPUCLOCK_SCHED = 2  # of the id of a process's clock on Linux, as clock_getcpuclockid(3) makes it


@contextmanager
def pinned_server(
    data_directory: Path,
    *,
    settings: Mapping[str, str] = MappingProxyType({}),
    database_url: str | None = None,
    options: Sequence[str] = (),
) -> Iterator[ServerProcess]:
    """Run the server on the first core, and this process on the others, if there are any, until the server ends."""
    cores = os.sched_getaffinity(0)
    first = min(cores)
    with ServerProcess(data_directory, settings=settings, database_url=database_url, options=options) as server:
        for thread in Path(f"/proc/{server.process_id}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {first})
        os.sched_setaffinity(0, cores - {first} or cores)
        try:
            yield server
        finally:
            os.sched_setaffinity(0, cores)


def cpu_seconds(process_id: int) -> float:
    """Return the user and system time of a process with its threads, to the nanosecond."""
    return time.clock_gettime(~process_id << 3 | CPUCLOCK_SCHED)
