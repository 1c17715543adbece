"""`doitong generate`: one generation from a prompt to a file."""

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any

from rich.console import Console

from providers.backend import GenerationType
from server.cli.client import Client
from server.cli.errors import Refused
from server.cli.progress import bars, watch
from server.settings import DEFAULT_PORT

LONGEST_NAME = 40  # characters


def run(
    *,
    prompt: str,
    type: GenerationType,
    provider: str | None,
    option: list[str],
    output: Path | None,
    url: str | None,
    key: str | None,
) -> int:
    """Make it, save it, and say where."""
    url = url or os.environ.get("DOITONG_URL") or f"http://127.0.0.1:{DEFAULT_PORT}"
    key = key or os.environ.get("DOITONG_API_KEY")
    if not key:
        raise Refused("Give a key with --key or DOITONG_API_KEY; `doitong keys create NAME` makes one.")
    request: dict[str, Any] = {"type": type.value, "input": {"text": prompt}, "options": _options(option)}
    if provider is not None:
        request["provider"] = provider
    return asyncio.run(_generate(url, key, request, output))


async def _generate(url: str, key: str, request: dict[str, Any], output: Path | None) -> int:
    console = Console(highlight=False)
    async with Client.open(url, key) as client:
        accepted = await client.generate(**request)
        with bars(console) as progress:
            ended = await watch(client, accepted["id"], progress, label=request["type"].lower())
        if ended["status"] != "COMPLETED":
            error = ended["error"] or {"code": ended["status"], "message": "it was cancelled"}
            raise Refused(f"{error['code']}: {error['message']}")
        for index, made in enumerate(ended["outputs"]):
            path = _path(output, request, made["format"], index)
            await client.save(made["url"], path)
            console.print(f"{path}  {ended['creditCost']} credits  {ended['provider']}", markup=False)
    return 0


def _path(output: Path | None, request: dict[str, Any], suffix: str, index: int) -> Path:
    """Where an output goes: the first where it was asked for, the others beside it."""
    words = re.sub(r"\W+", "-", request["input"]["text"].lower()).strip("-")[:LONGEST_NAME]
    first = output or Path(f"{request['type'].lower()}-{words}.{suffix}")
    return first if index == 0 else first.with_name(f"{first.stem}-{index + 1}.{suffix}")


def _options(pairs: list[str]) -> dict[str, Any]:
    """`duration=5` is a number, `style=noir` a text."""
    options: dict[str, Any] = {}
    for pair in pairs:
        name, found, value = pair.partition("=")
        if not found:
            raise Refused(f"--option {pair!r}: give NAME=VALUE, such as duration=5.")
        try:
            options[name] = json.loads(value)
        except ValueError:
            options[name] = value
    return options
