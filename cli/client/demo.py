"""`doitong demo`: starts a server on a free port and generates one file of each media type over its API.

With `--emulated`, the server uses emulated upstreams and a live key instead of the local providers and a test key.
"""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from cli.client.emulators import Emulators, running_emulators
from cli.client.graphql_client import Client
from cli.client.progress import follow_with_bar, progress_bars
from cli.client.server_process import create_live_key, running_server

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
# The image of the avatar is the output of the first generation.
EMULATED_REQUESTS: dict[str, dict[str, Any]] = {
    **REQUESTS,
    "speech": {
        "type": "AUDIO",
        "provider": "elevenlabs",
        "input": {"text": "Hello! This came from an upstream that an emulator replaces."},
        "options": {"voice": "rachel", "format": "wav"},
    },
    "avatar": {
        "type": "AVATAR",
        "provider": "hedra",
        "input": {"text": "Nice to meet you. I can say whatever you like.", "image": "{image}"},
    },
    "music": {**REQUESTS["music"], "options": {"format": "mp3"}},
}
UPSTREAMS = ("fal", "elevenlabs", "kie")
CREDITS = 1_000
FILE_PREFIXES = {"IMAGE": "image", "VIDEO": "video", "AUDIO": "speech", "AVATAR": "avatar", "MUSIC": "music"}


@dataclass(frozen=True, slots=True)
class Demo:
    """The generations of the demo, and their server. `emulators` are None if local providers generate it."""

    client: Client
    url: str
    requests: Mapping[str, Mapping[str, Any]]
    emulators: Emulators | None = None


def run(*, output: Path, emulated: bool) -> int:
    """Generate all of the requests; return 0 if all completed and, if emulated, were bought once."""
    output.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends the child processes too
    return asyncio.run(_demo(output, Console(highlight=False), emulated=emulated))


async def _demo(output: Path, console: Console, *, emulated: bool) -> int:
    with tempfile.TemporaryDirectory(prefix="doitong-demo-") as directory:
        async with (_emulated if emulated else _local)(Path(directory)) as demo:
            console.print(
                f"The server at {demo.url} generates one file of each type, with progress over GraphQL subscriptions.",
                soft_wrap=True,
            )
            results = await _generate_all(demo, console)
            files = [await _save(demo.client, state, output) for state in results]
            purchases = await demo.emulators.purchases() if demo.emulators else None
    for line in _format_rows(files, with_backend=emulated):
        console.print(line, markup=False, soft_wrap=True)
    if purchases is not None:
        counts = ", ".join(f"{name} {count}" for name, count in purchases.items())
        console.print(f"The emulators counted {sum(purchases.values())} purchases: {counts}", soft_wrap=True)
    is_complete = all(state["status"] == "COMPLETED" for state in results)
    return 0 if is_complete and (purchases is None or sum(purchases.values()) == len(results)) else 1


@asynccontextmanager
async def _local(directory: Path) -> AsyncIterator[Demo]:
    """Run a server that generates everything with its local providers."""
    async with running_server(directory, os.environ) as (url, key), Client.open(url, key) as client:
        yield Demo(client, url, REQUESTS)


@asynccontextmanager
async def _emulated(directory: Path) -> AsyncIterator[Demo]:
    """Run the emulators and a server that uses them, and no real upstream that the environment configures."""
    async with running_emulators(UPSTREAMS) as emulators:
        others = {name: value for name, value in os.environ.items() if not name.startswith("DOITONG_")}
        environment = {**others, **emulators.settings}
        async with running_server(directory, environment) as (url, _):
            key = await create_live_key(directory, environment, credits=CREDITS)
            async with Client.open(url, key) as client:
                yield Demo(client, url, EMULATED_REQUESTS, emulators)


async def _generate_all(demo: Demo, console: Console) -> list[dict[str, Any]]:
    """Submit the requests one after the other, follow them together, and return their last states."""
    accepted: dict[str, str] = {}
    for name, request in demo.requests.items():
        content = {field: text.format(**accepted) for field, text in request["input"].items()}
        accepted[name] = (await demo.client.generate(**{**request, "input": content}))["id"]
    with progress_bars(console) as progress:
        jobs = [follow_with_bar(demo.client, id, progress, label=name) for name, id in accepted.items()]
        return await asyncio.gather(*jobs)


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


def _format_rows(files: list[dict[str, Any]], *, with_backend: bool) -> list[str]:
    """Return a line for each file, in columns that ignore the terminal's width, so that paths are not truncated."""
    rows = [
        (file["path"], file["description"], _made_by(file, with_backend), f"{file['creditCost']} credits")
        for file in files
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _made_by(file: dict[str, Any], with_backend: bool) -> str:
    return f"as {file['provider']}" + (f" on {file['metadata']['backend']}" if with_backend else "")
