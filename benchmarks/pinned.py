"""A server process that has one core to itself, and what it has used of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.server_process import ServerProcess

TICK = 1 / os.sysconf("SC_CLK_TCK")  # seconds


@contextmanager
def pinned_server(data_directory: Path) -> Iterator[ServerProcess]:
    """The server on the first core; this process on the others, where there are any, until the server ends."""
    cores = os.sched_getaffinity(0)
    first = min(cores)
    with ServerProcess(data_directory) as server:
        for thread in Path(f"/proc/{server.process_id}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {first})
        os.sched_setaffinity(0, cores - {first} or cores)
        try:
            yield server
        finally:
            os.sched_setaffinity(0, cores)


def processor_seconds(process_id: int) -> float:
    """User and system time of a process and its threads."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK
