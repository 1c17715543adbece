"""`doitong generate`: one generation from a prompt to a file."""

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any

from rich.console import Console

from cli.client.graphql_client import Client, server_and_key
from cli.client.progress import bars, watch
from cli.errors import Refused

LONGEST_NAME = 40  # characters


def run(
    *,
    prompt: str,
    type: str,
    provider: str | None,
    option: list[str],
    output: Path | None,
    url: str | None,
    key: str | None,
) -> int:
    """Make it, save it, and say where."""
    url, key = server_and_key(url, key)
    _check_output(output)
    request: dict[str, Any] = {"type": type, "input": {"text": prompt}, "options": _options(option)}
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
            try:
                await client.save(made["url"], path)
            except OSError as error:
                raise Refused(f"{path} could not be written: {error.strerror}. It is at {made['url']}") from error
            console.print(f"{path}  {ended['creditCost']} credits  {ended['provider']}", markup=False)
    return 0


def _check_output(output: Path | None) -> None:
    """Raise `Refused` for a path that cannot be written to, before anything is paid for."""
    if output is None:
        return
    if output.is_dir():
        raise Refused(f"{output} is a directory: give the name of a file.")
    if not output.parent.is_dir() or not os.access(output.parent, os.W_OK):
        raise Refused(f"{output.parent} is not a directory that can be written to.")


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
            json.dumps(options[name], allow_nan=False)
        except ValueError:
            options[name] = value
    return options
