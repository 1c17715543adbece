"""Probes files and makes variants in child processes, which a hostile file may crash."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import TypeAdapter

from kit.errors import ServiceUnavailable
from kit.logs import get_logger
from media.probe_result import ProbeRefused, ProbeResult, Reply, Variants

PROBE_TIMEOUT = timedelta(seconds=15)
VARIANTS_TIMEOUT = timedelta(seconds=30)
START_TIMEOUT = timedelta(seconds=30)
REQUESTS_PER_CHILD = 500  # a child is replaced after that, in case a decoder leaks memory
ROOT = Path(__file__).resolve().parent.parent
INHERITED_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "LANG")
REPLIES = TypeAdapter(Reply)

logger = get_logger(__name__)


class ProberUnavailable(ServiceUnavailable):
    """The process that probes files does not start, for example for lack of memory. `reason` is for the operator."""

    def __init__(self, reason: str) -> None:
        super().__init__("Media files cannot be read at the moment. Try again in a few seconds.")
        self.reason = f"the probing process does not start: {reason}; try `python -m media.probe_child`"


class Prober:
    """A pool of warm child processes. Close it in the end."""

    def __init__(self, *, children: int = 1, time_limit: timedelta = PROBE_TIMEOUT) -> None:
        self._room = asyncio.Semaphore(children)
        self._idle: list[_Child] = []
        self._first: asyncio.Task[None] | None = None
        self._time_limit = time_limit

    async def probe(self, path: Path, *, expected: tuple[str, ...] = ("",)) -> ProbeResult:
        """Return the properties of the file.

        Raises `ProbeRefused` when it is damaged or has no `expected` prefix, and `ProberUnavailable`.
        """
        reply = await self._ask(_request("probe", path, *expected), self._time_limit)
        if reply.probed is None:
            raise ProbeRefused(reply.refused or "cannot be read")
        return reply.probed

    async def variants(self, path: Path, directory: Path) -> Variants:
        """Write the variants of the file to `directory`. Raises `ProbeRefused` when it cannot be decoded."""
        return await self._variants("variants", path, directory)

    async def avif(self, path: Path, directory: Path) -> Variants:
        """Write the image as AVIF to `directory`. Raises `ProbeRefused`."""
        return await self._variants("avif", path, directory)

    async def warm(self) -> None:
        """Start a child before the first file."""
        async with self._room:
            self._idle.append(await self._take())

    def start_warming(self) -> None:
        """Start a child in the background. A failure is logged; the first file starts another one."""
        self._first = asyncio.create_task(self._warm_in_background(), name="prober")

    async def _warm_in_background(self) -> None:
        try:
            await self.warm()
        except ProberUnavailable as error:
            logger.warning("prober_unavailable", reason=error.reason)

    async def close(self) -> None:
        """Stop the children."""
        if self._first is not None:
            self._first.cancel()
            await asyncio.wait({self._first})
        while self._idle:
            await self._idle.pop().end()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _variants(self, operation: str, path: Path, directory: Path) -> Variants:
        reply = await self._ask(_request(operation, path, directory), VARIANTS_TIMEOUT)
        if reply.variants is None:
            raise ProbeRefused(reply.refused or "cannot be read")
        return reply.variants

    async def _ask(self, request: list[str], time_limit: timedelta) -> Reply:
        async with self._room:
            reply = await self._ask_child(await self._take(), request, time_limit=time_limit)
            if reply is None:  # the child may have died before this file, so the file is probed by a new one
                reply = await self._ask_child(await _Child.start(), request, time_limit=time_limit)
            return reply or Reply(refused="cannot be decoded safely")

    async def _ask_child(self, child: "_Child", request: list[str], *, time_limit: timedelta) -> Reply | None:
        async with AsyncExitStack() as on_failure:
            on_failure.push_async_callback(child.end)
            try:
                async with asyncio.timeout(time_limit.total_seconds()):
                    reply = await child.ask(request)
            except TimeoutError:
                return Reply(refused="takes too long to decode")
            on_failure.pop_all()
        self._idle.append(child)
        return reply

    async def _take(self) -> "_Child":
        while self._idle:
            child = self._idle.pop()
            if child.is_usable:
                return child
            await child.end()
        return await _Child.start()


class _Child:
    """One probe process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._asked = 0

    @classmethod
    async def start(cls) -> Self:
        """Start a process and wait for its greeting. Raises `ProberUnavailable`."""
        environment = {name: os.environ[name] for name in INHERITED_VARIABLES if name in os.environ}
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "media.probe_child"),
                cwd=ROOT,
                env=environment,
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
            )
        except OSError as error:
            raise ProberUnavailable(str(error)) from error
        child = cls(process)
        async with AsyncExitStack() as on_failure:
            on_failure.push_async_callback(child.end)
            try:
                async with asyncio.timeout(START_TIMEOUT.total_seconds()):
                    await child.greeting()
            except TimeoutError as error:
                raise ProberUnavailable(f"no answer within {START_TIMEOUT.seconds} seconds") from error
            on_failure.pop_all()
        return child

    async def greeting(self) -> None:
        if not await self.read():
            raise ProberUnavailable(f"exit status {await self._process.wait()}")

    @property
    def is_usable(self) -> bool:
        return self._process.returncode is None and self._asked < REQUESTS_PER_CHILD

    async def ask(self, request: list[str]) -> Reply | None:
        """Return the reply, or None when the process died."""
        self._asked += 1
        stdin = self._process.stdin
        if stdin is None:
            raise RuntimeError("the probing process has no input")
        stdin.write(json.dumps(request).encode() + b"\n")
        line = await self.read()
        return REPLIES.validate_json(line) if line else None

    async def read(self) -> bytes:
        return await self._process.stdout.readline() if self._process.stdout is not None else b""

    async def end(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


def _request(operation: str, *arguments: str | Path) -> list[str]:
    """Return the request with absolute paths, because the child process has another working directory."""
    return [operation, *(str(one.absolute()) if isinstance(one, Path) else one for one in arguments)]
