"""Child processes of the demo: a server on a free port, and the commands that it needs."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from cli.errors import CommandError

START_TIMEOUT = 60  # seconds
STOP_TIMEOUT = 10  # seconds
READY = re.compile(r"ready at (\S+)\s+test key\s+(\S+)\s")


@asynccontextmanager
async def running_server(directory: Path, environment: Mapping[str, str]) -> AsyncIterator[tuple[str, str]]:
    """Run a server on a free port and yield its address and its test key."""
    # Without the log of requests and events, which would break into the progress bars.
    quiet = {"DOITONG_LOG_LEVEL": environment.get("DOITONG_LOG_LEVEL", "warning")}
    arguments = ["cli", "serve", "--dev", "--port", "0", "--data-dir", str(directory)]
    async with running_module(*arguments, environment={**environment, **quiet}, ready=READY) as found:
        yield found[1], found[2]


@asynccontextmanager
async def running_module(
    *arguments: str, environment: Mapping[str, str], ready: re.Pattern[str]
) -> AsyncIterator[re.Match[str]]:
    """Run `python -m <arguments>` and yield what `ready` matches in its output, once it does.

    Raises `CommandError` if it ends before that.
    """
    process = await _start(arguments, environment)
    try:
        async with asyncio.timeout(START_TIMEOUT):
            found = await _read_until(ready, process, name=" ".join(arguments[:2]))
        yield found
    finally:
        if process.returncode is None:
            process.terminate()
            async with asyncio.timeout(STOP_TIMEOUT):
                await process.wait()


async def create_live_key(directory: Path, environment: Mapping[str, str], *, credits: int) -> str:
    """Create a live key with credits in the database of a server that may be running."""
    options = ["--plan", "enterprise", "--credits", str(credits), "--data-dir", str(directory)]
    process = await _start(["cli", "keys", "create", "demo", *options], environment, stderr=PIPE)
    output, errors = await process.communicate()
    if process.returncode != 0:
        raise CommandError(f"The key of the demo could not be created. {errors.decode().strip()}")
    return output.decode().strip()


async def _start(arguments: Sequence[str], environment: Mapping[str, str], *, stderr: int | None = None) -> Process:
    path = os.pathsep.join(filter(None, sys.path))
    own = {**environment, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
    return await asyncio.create_subprocess_exec(sys.executable, "-m", *arguments, env=own, stdout=PIPE, stderr=stderr)


async def _read_until(ready: re.Pattern[str], process: Process, *, name: str) -> re.Match[str]:
    text = ""
    while not (found := ready.search(text)):
        line = await process.stdout.readline() if process.stdout else b""
        if not line:
            raise CommandError(f"`{name}` exited before it was ready.")
        text += line.decode()
    return found
