"""The parent side of a worker process: one render at a time, as JSON lines over its standard input and output."""

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self, cast

from kit.disk_space import DiskUnavailable
from providers.backend import JSONObject
from studio.request import (
    RenderRequest,
    RenderResult,
    decode_error,
    decode_result,
    encode_request,
)

MAX_LINE_LENGTH = 4 * 1024 * 1024  # bytes
IMPORT_ROOT = Path(__file__).resolve().parents[1]
REPLIES = frozenset({"progress", "done", "failed", "disk_unavailable"})
INHERITED_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT", "TZ")


class WorkerDied(Exception):
    """The process ended or sent an invalid reply during a render."""


class WorkerProcess:
    """A running worker process."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, command: Sequence[str]) -> Self:
        """Start the process without the server's settings, in its own session so that Ctrl-C does not reach it."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            env=worker_environment(os.environ),
            start_new_session=True,
            limit=MAX_LINE_LENGTH,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code, negative for a signal (-9 is also what the kernel's out-of-memory killer sends)."""
        return self._process.returncode

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    async def render(self, request: RenderRequest, *, report: Callable[[int], None]) -> RenderResult:
        """Render a request. Raises the renderer's `DoitongError`, `DiskUnavailable` or `WorkerDied`."""
        await self._send(encode_request(request))
        while True:
            reply = await self._receive()
            if (progress := reply.get("progress")) is not None:
                report(round(100 * cast("float", progress)))
            elif "done" in reply:
                return decode_result(cast("JSONObject", reply["done"]))
            elif "disk_unavailable" in reply:
                raise DiskUnavailable(str(reply["disk_unavailable"]))
            else:
                raise decode_error(cast("JSONObject", reply["failed"]))

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def wait(self) -> None:
        """Wait until the process has ended."""
        await self._process.wait()

    async def _send(self, message: JSONObject) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it was started with a pipe
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            await self._process.stdin.drain()
        except ConnectionError as error:
            raise WorkerDied("its input is closed") from error

    async def _receive(self) -> JSONObject:
        assert self._process.stdout is not None  # noqa: S101 - it was started with a pipe
        try:
            reply = json.loads(await self._process.stdout.readline())
        except ValueError as error:  # the end of the stream reads as an empty line
            raise WorkerDied("its output ended") from error
        if not isinstance(reply, dict) or not reply.keys() & REPLIES:
            raise WorkerDied("its reply is not known")
        return reply


def worker_command(*, directory: Path, voices: Path, cache: Path) -> tuple[str, ...]:
    """Return the command that runs the worker of this installation, whatever the working directory contains."""
    options = (("--directory", directory), ("--voices", voices), ("--cache", cache))
    arguments = [part for name, path in options for part in (name, str(path.absolute()))]
    return (sys.executable, "-P", "-m", "studio.worker", *arguments)


def worker_environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a worker: `INHERITED_VARIABLES` of the server's, and no secrets."""
    allowed = {name: inherited[name] for name in INHERITED_VARIABLES if name in inherited}
    return {**allowed, "PYTHONPATH": str(IMPORT_ROOT), "PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"}
