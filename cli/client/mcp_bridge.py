"""`doitong mcp`: MCP over standard input and output for desktop agents, passed on to `/mcp` of a server."""

import asyncio
import base64
import json
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any, BinaryIO

import httpx

from cli.client.graphql_client import server_and_key

MAX_LINE = 16_000_000  # bytes; the server has its own limit
TIMEOUT = httpx.Timeout(60.0, connect=10.0)  # seconds; a tool waits up to 45
PARSE_ERROR, INVALID_REQUEST, SERVER_ERROR = -32700, -32600, -32000  # of JSON-RPC
# Versions of the protocol from 2026 on repeat these in headers, and have no `initialize`.
VERSION_IN_META = "io.modelcontextprotocol/protocolVersion"
NAME_PARAMETERS = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
SAFE_HEADER = re.compile(r"(?! )[\x20-\x7e]*(?<! )")

Message = dict[str, Any]


def run(*, url: str | None, key: str | None) -> int:
    """Pass messages on until standard input ends."""
    url, key = server_and_key(url, key)
    asyncio.run(_serve(url, key))
    return 0


async def _serve(url: str, key: str) -> None:
    lines = asyncio.StreamReader(limit=MAX_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    headers = {
        "Authorization": f"Bearer {key}",
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
    }
    context = httpx.create_ssl_context()
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=context, headers=headers) as http:
        await McpBridge(http, f"{url.rstrip('/')}/mcp", sys.stdout.buffer).serve(lines)


class McpBridge:
    """Passes each message on as a request of its own, and writes what comes back."""

    def __init__(self, http: httpx.AsyncClient, address: str, output: BinaryIO) -> None:
        self._http, self._address, self._output = http, address, output
        self._version: str | None = None
        self._running: dict[object, asyncio.Task[None]] = {}

    async def serve(self, lines: asyncio.StreamReader) -> None:
        """Serve until the input ends; then requests that still run are cancelled."""
        async with asyncio.TaskGroup() as group:
            async for line in _lines(lines):
                message = self._parse(line)
                if message is None:
                    continue
                if message.get("method") == "initialize":
                    await self._forward(message)  # its version applies to the messages after it
                elif message.get("method") == "notifications/cancelled":
                    self._cancel(message)
                else:
                    self._start(group, message)
            for task in self._running.values():
                task.cancel()

    def _parse(self, line: bytes) -> Message | None:
        """Return the message, or write an error."""
        with suppress(ValueError, RecursionError):
            message = json.loads(line)
            if isinstance(message, dict):
                return message
            self._write_error(None, INVALID_REQUEST, "A message must be one JSON object.")
            return None
        self._write_error(None, PARSE_ERROR, "The message is not valid JSON.")
        return None

    def _start(self, group: asyncio.TaskGroup, message: Message) -> None:
        task = group.create_task(self._forward(message))
        request_id = _id_of(message)
        if request_id is not None:
            self._running[request_id] = task
            task.add_done_callback(lambda _: self._running.pop(request_id, None))

    def _cancel(self, message: Message) -> None:
        parameters = message.get("params")
        request_id = parameters.get("requestId") if isinstance(parameters, dict) else None
        task = self._running.get(request_id) if isinstance(request_id, str | int) else None
        if task is not None:
            task.cancel()

    async def _forward(self, message: Message) -> None:
        try:
            async with self._http.stream(
                "POST", self._address, content=json.dumps(message).encode(), headers=self._headers(message)
            ) as response:
                await self._pass_back(message, response)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            self._answer_error(message, f"{self._address} cannot be reached ({reason}). Is the server running?")

    async def _pass_back(self, message: Message, response: httpx.Response) -> None:
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            async for line in response.aiter_lines():
                if line.startswith("data:") and (data := line.removeprefix("data:").strip()):
                    self._write(json.loads(data))
            return
        body = await response.aread()
        if response.status_code == httpx.codes.ACCEPTED:
            return
        reply = _object(body)
        if reply is None or reply.get("jsonrpc") != "2.0":
            self._answer_error(message, f"{self._address} answered with status {response.status_code}, and not MCP.")
            return
        if message.get("method") == "initialize" and isinstance(reply.get("result"), dict):
            self._version = reply["result"].get("protocolVersion")
        if reply.get("id") is None:
            if _id_of(message) is None:
                return
            reply["id"] = _id_of(message)
        self._write(reply)

    def _headers(self, message: Message) -> Mapping[str, str]:
        parameters = message.get("params")
        meta = parameters.get("_meta") if isinstance(parameters, dict) else None
        version = meta.get(VERSION_IN_META) if isinstance(meta, dict) else None
        if not isinstance(version, str):
            return {} if self._version is None else {"MCP-Protocol-Version": self._version}
        method = str(message.get("method"))
        headers = {"MCP-Protocol-Version": _header(version), "Mcp-Method": _header(method)}
        known = parameters if method in NAME_PARAMETERS and isinstance(parameters, dict) else {}
        name = known.get(NAME_PARAMETERS.get(method))
        return {**headers, "Mcp-Name": _header(name)} if isinstance(name, str) else headers

    def _answer_error(self, message: Message, text: str) -> None:
        if (request_id := _id_of(message)) is not None:
            self._write_error(request_id, SERVER_ERROR, text)

    def _write_error(self, request_id: object, code: int, text: str) -> None:
        self._write({"jsonrpc": "2.0", "id": request_id, "error": {"code": code, "message": text}})

    def _write(self, message: Message) -> None:
        self._output.write(json.dumps(message).encode() + b"\n")
        self._output.flush()


async def _lines(lines: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Yield the lines until the end of the input, or until one is longer than `MAX_LINE`."""
    with suppress(ValueError):
        while line := await lines.readline():
            if line.strip():
                yield line


def _id_of(message: Message) -> str | int | None:
    request_id = message.get("id")
    return request_id if isinstance(request_id, str | int) and not isinstance(request_id, bool) else None


def _object(body: bytes) -> Message | None:
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _header(value: str) -> str:
    """Return the value as the protocol encodes it for a header."""
    if SAFE_HEADER.fullmatch(value) and not value.startswith("=?base64?"):
        return value
    return f"=?base64?{base64.b64encode(value.encode(errors='replace')).decode()}?="
