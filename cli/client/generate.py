"""`doitong generate`: generates media from a prompt and saves it."""

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any

from rich.console import Console
from websockets.exceptions import WebSocketException

from cli.client.graphql_client import Client, server_and_key
from cli.client.progress import follow_with_bar, progress_bars
from cli.errors import CommandError

MAX_NAME_LENGTH = 40  # characters


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
    """Generate, save the outputs and print their paths."""
    url, key = server_and_key(url, key)
    _check_output(output)
    request: dict[str, Any] = {"type": type, "input": {"text": prompt}, "options": _options(option)}
    if provider is not None:
        request["provider"] = provider
    try:
        return asyncio.run(_generate(url, key, request, output))
    except WebSocketException as error:
        raise CommandError(f"The connection to {url} was lost: {error}") from error


async def _generate(url: str, key: str, request: dict[str, Any], output: Path | None) -> int:
    console = Console(highlight=False)
    async with Client.open(url, key) as client:
        accepted = await client.generate(**request)
        with progress_bars(console) as progress:
            ended = await follow_with_bar(client, accepted["id"], progress, label=request["type"].lower())
        if ended["status"] != "COMPLETED":
            error = ended["error"] or {"code": ended["status"], "message": "The generation was cancelled."}
            raise CommandError(f"{error['code']}: {error['message']}")
        for index, media in enumerate(ended["outputs"]):
            path = _path(output, request, media["format"], index)
            try:
                await client.save(media["url"], path)
            except OSError as error:
                raise CommandError(
                    f"{path} cannot be written: {error.strerror}. The file is at {media['url']}"
                ) from error
            console.print(f"{path}  {ended['creditCost']} credits  {ended['provider']}", markup=False)
            if not _is_named_as(path, media["format"]):
                console.print(f"{path.name} is a file of the format {media['format']}.", markup=False)
    return 0


def _check_output(output: Path | None) -> None:
    """Raise `CommandError` if the path is not writable, before credits are held."""
    if output is None:
        return
    if output.is_dir():
        raise CommandError(f"{output} is a directory: give a file name.")
    if not output.parent.is_dir() or not os.access(output.parent, os.W_OK):
        raise CommandError(f"{output.parent} is not a writable directory.")


def _path(output: Path | None, request: dict[str, Any], suffix: str, index: int) -> Path:
    """Return the path of an output: `output` for the first, numbered files beside it for the others."""
    words = re.sub(r"\W+", "-", request["input"]["text"].lower()).strip("-")[:MAX_NAME_LENGTH]
    first = output or Path(f"{request['type'].lower()}-{words}.{suffix}")
    return first if index == 0 else first.with_name(f"{first.stem}-{index + 1}.{suffix}")


def _is_named_as(path: Path, file_format: str) -> bool:
    """Whether the name of the file has the ending of its format, or none."""
    ending = path.suffix.lower().removeprefix(".").replace("jpeg", "jpg")
    return ending in ("", file_format.lower().replace("jpeg", "jpg"))


def _options(pairs: list[str]) -> dict[str, Any]:
    """Parse values as JSON, or else as strings: `duration=5` is a number, `style=noir` a string."""
    options: dict[str, Any] = {}
    for pair in pairs:
        name, found, value = pair.partition("=")
        if not found:
            raise CommandError(f"--option {pair!r}: give NAME=VALUE, such as duration=5.")
        try:
            options[name] = json.loads(value)
            json.dumps(options[name], allow_nan=False)
        except ValueError:
            options[name] = value
    return options
