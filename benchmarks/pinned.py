"""A server process on a core of its own, and its CPU time."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from tests.support.server_process import ServerProcess

CPUCLOCK_SCHED = 2  # of the id of a process's clock on Linux, as clock_getcpuclockid(3) makes it
PAUSE = 0.1  # seconds; in an idle one, a process uses less CPU time than this share of it
IDLE_SHARE = 0.1


@contextmanager
def pinned_server(
    data_directory: Path,
    *,
    settings: Mapping[str, str] = MappingProxyType({}),
    core: int | None = None,
    database_url: str | None = None,
    options: Sequence[str] = (),
) -> Iterator[ServerProcess]:
    """Run the server on a core, by default the first, and this process on the others until the server ends."""
    cores = os.sched_getaffinity(0)
    own = min(cores) if core is None else core
    with ServerProcess(data_directory, settings=settings, database_url=database_url, options=options) as server:
        pin(server.process_id, own)
        os.sched_setaffinity(0, cores - {own} or cores)
        try:
            yield server
        finally:
            os.sched_setaffinity(0, cores)


def pin(process_id: int, core: int) -> None:
    """Run a process with its threads on one core."""
    for thread in Path(f"/proc/{process_id}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def cpu_seconds(process_id: int) -> float:
    """Return the user and system time of a process with its threads, to the nanosecond."""
    return time.clock_gettime(~process_id << 3 | CPUCLOCK_SCHED)


def wait_until_idle(process_id: int, *, timeout: float) -> None:
    """Wait until a process uses next to no CPU time any more."""
    ends_at = time.monotonic() + timeout
    before = cpu_seconds(process_id)
    while time.monotonic() < ends_at:
        time.sleep(PAUSE)
        now = cpu_seconds(process_id)
        if now - before < IDLE_SHARE * PAUSE:
            return
        before = now
