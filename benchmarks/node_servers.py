"""GraphQL servers on Node, to compare with: mercurius with its compiler, and Apollo Server."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.pinned import pin

DIRECTORY = Path(__file__).parent / "node"
MODES = {"mercurius": "mercurius with jit", "apollo": "Apollo Server"}
INSTALLATION = ("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
INSTALLATION_TIMEOUT = 60.0  # seconds
OLDEST = 20


@dataclass(frozen=True, slots=True)
class ComparedServer:
    """A server to compare with: its name, URL and process id."""

    name: str
    url: str
    process_id: int


def why_without_node() -> str | None:
    """Return why there is no comparison with servers on Node, or None; install their packages if they are missing."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return "Node was not found"
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.lstrip("v").partition(".")[0]) < OLDEST:
        return f"Node {OLDEST} or newer was not found"
    if (DIRECTORY / "node_modules" / ".package-lock.json").is_file():
        return None
    try:
        subprocess.run(INSTALLATION, cwd=DIRECTORY, capture_output=True, timeout=INSTALLATION_TIMEOUT, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        shutil.rmtree(DIRECTORY / "node_modules", ignore_errors=True)
        return "their packages could not be installed"
    return None


@asynccontextmanager
async def node_servers(answers: Path, *, core: int) -> AsyncIterator[list[ComparedServer]]:
    """Run both servers on a core, with the answers of a file."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(_running(mode, answers, core=core)) for mode in MODES]


@asynccontextmanager
async def _running(mode: str, answers: Path, *, core: int) -> AsyncIterator[ComparedServer]:
    command = ("node", "server.mjs", mode, str(answers))
    environment = {**os.environ, "NODE_ENV": "production"}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=DIRECTORY, env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        assert url, f"{mode} has ended"
        pin(process.pid, core)
        yield ComparedServer(MODES[mode], url, process.pid)
    finally:
        process.kill()
        await process.wait()
