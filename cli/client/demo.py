"""`doitong demo`: starts a server on a free port and generates one file of each media type over its API."""

import asyncio
import os
import re
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from cli.client.graphql_client import Client
from cli.client.progress import follow_with_bar, progress_bars
from cli.errors import CommandError

START_TIMEOUT = 60  # seconds
STOP_TIMEOUT = 10  # seconds
REQUESTS: dict[str, dict[str, Any]] = {
    "image": {
        "type": "IMAGE",
        "provider": "flux-pro",
        "input": {"text": "A red fox in a misty autumn forest at dawn"},
        "options": {"width": 1024, "height": 1024, "seed": 42},
    },
    "video": {
        "type": "VIDEO",
        "provider": "kling",
        "input": {"text": "A sailboat on a calm lake at sunset"},
        "options": {"duration": 5, "resolution": "720p", "aspectRatio": "16:9", "seed": 42},
    },
    "speech": {
        "type": "AUDIO",
        "provider": "elevenlabs",
        "input": {"text": "Hello! This voice was made on your own machine, with no key and no network."},
        "options": {"voice": "rachel", "format": "wav"},
    },
    "avatar": {
        "type": "AVATAR",
        "provider": "hedra",
        "input": {"text": "Nice to meet you. I can say whatever you like.", "avatarId": "professional-1"},
        "options": {"seed": 42},
    },
    "music": {
        "type": "MUSIC",
        "provider": "suno",
        "input": {"text": "An upbeat synthwave song about summer nights"},
        "options": {"duration": 30, "format": "mp3", "seed": 42},
    },
}
FILE_PREFIXES = {"IMAGE": "image", "VIDEO": "video", "AUDIO": "speech", "AVATAR": "avatar", "MUSIC": "music"}


def run(*, output: Path) -> int:
    """Generate all of `REQUESTS`; return 0 if every generation completed."""
    output.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_demo(output, Console(highlight=False)))


async def _demo(output: Path, console: Console) -> int:
    with tempfile.TemporaryDirectory(prefix="doitong-demo-") as directory:
        async with _server(Path(directory)) as (url, key), Client.open(url, key) as client:
            console.print(
                f"The server at {url} generates one file of each type, with progress over GraphQL subscriptions.",
                soft_wrap=True,
            )
            with progress_bars(console) as progress:
                jobs = [_generate(client, name, request, progress) for name, request in REQUESTS.items()]
                results = await asyncio.gather(*jobs)
            files = [await _save(client, state, output) for state in results]
    for line in _format_rows(files):
        console.print(line, markup=False, soft_wrap=True)
    return 0 if all(state["status"] == "COMPLETED" for state in results) else 1


async def _generate(client: Client, name: str, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    accepted = await client.generate(**request)
    return await follow_with_bar(client, accepted["id"], progress, label=name)


async def _save(client: Client, state: dict[str, Any], output: Path) -> dict[str, Any]:
    """Download the first output and add `path` and `description` to the state."""
    if state["status"] != "COMPLETED":
        return {**state, "path": "", "description": (state.get("error") or {}).get("message", state["status"])}
    first = state["outputs"][0]
    path = output / f"{FILE_PREFIXES[state['type']]}-{state['id'].removeprefix('gen_')[-8:]}.{first['format']}"
    await client.save(first["url"], path)
    return {**state, "path": str(path), "description": _describe(first)}


def _describe(output: dict[str, Any]) -> str:
    size = f"{output['width']}x{output['height']}" if output["width"] else ""
    length = f"{output['duration']:.1f} s" if output["duration"] else ""
    title = f"“{output['title']}”" if output["title"] else ""
    return ", ".join(filter(None, (title, size, length, f"{output['bytes'] / 1024:,.0f} KB")))


def _format_rows(files: list[dict[str, Any]]) -> list[str]:
    """Return a line for each file, in columns that ignore the terminal's width, so that paths are not truncated."""
    rows = [
        (file["path"], file["description"], f"as {file['provider']}", f"{file['creditCost']} credits") for file in files
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


@asynccontextmanager
async def _server(directory: Path) -> AsyncIterator[tuple[str, str]]:
    """Run a server process on a free port and yield its address and its test key."""
    command = [sys.executable, "-m", "cli", "serve", "--dev", "--port", "0", "--data-dir", str(directory)]
    # Without the log of requests and events, which would break into the progress bars.
    quiet = {"DOITONG_LOG_LEVEL": os.environ.get("DOITONG_LOG_LEVEL", "warning")}
    python = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUNBUFFERED": "1"}
    environment = {**os.environ, **quiet, **python}
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(START_TIMEOUT):
            address = await _read_announcement(process)
        yield address
    finally:
        if process.returncode is None:
            process.terminate()
            async with asyncio.timeout(STOP_TIMEOUT):
                await process.wait()


async def _read_announcement(process: Process) -> tuple[str, str]:
    """Return the address and the test key that the server prints once it is ready."""
    text = ""
    while not (found := re.search(r"ready at (\S+)\s+test key\s+(\S+)\s", text)):
        line = await process.stdout.readline() if process.stdout else b""
        if not line:
            raise CommandError("The server exited before it was ready.")
        text += line.decode()
    return found[1], found[2]
