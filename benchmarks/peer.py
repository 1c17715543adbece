"""A server process that takes commands from its standard input."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SETTLE = 1.5  # idle seconds before memory is read


@dataclass(frozen=True, slots=True)
class Peer:
    """A server process and its port."""

    process: asyncio.subprocess.Process
    port: int

    def memory(self) -> int:
        """Return the resident set size in bytes."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def send(self, command: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{command}\n".encode())

    async def ask(self, command: str) -> Any:
        """Send a command and return its answer, a line of JSON among other lines."""
        self.send(command)
        assert self.process.stdout is not None
        while not (line := await self.process.stdout.readline()).startswith(b"{"):
            assert line, "the server has ended"
        return json.loads(line)


@asynccontextmanager
async def running_peer(command: Sequence[str], directory: Path) -> AsyncIterator[Peer]:
    """Run the server on the first core and this client on the others, if there are several."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=directory, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(process.pid, cores[:1])
        os.sched_setaffinity(0, cores[1:])
    try:
        assert process.stdout is not None
        announcement = (await process.stdout.readline()).decode()
        await asyncio.sleep(SETTLE)
        yield Peer(process, int(announcement.rstrip().rpartition(":")[2]))
    finally:
        os.sched_setaffinity(0, cores)
        process.kill()
        await process.wait()
