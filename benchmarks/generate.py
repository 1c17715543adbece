"""Generations accepted per second over HTTP on one core: and started on SQLite, and for workers on PostgreSQL."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.pinned import cpu_seconds, pinned_server
from tests.support.postgres import own_server
from tests.support.server_process import ServerProcess

COUNT = 2_000
WARM_UP = 300
CLIENTS = 32
MUTATION = "mutation ($input: GenerateInput!) { generate(input: $input) { id status creditCost } }"
# Hangs after it was submitted: rendering is not part of the figure.
REQUEST = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "a fox test:hang"}}


async def generate_over_http(directory: Path) -> list[Figure]:
    """Measure requests with distinct idempotency keys, including the hold, the row and the start of the job."""
    with pinned_server(directory / "generate") as server:
        started = await _measure(server)
    with (
        own_server() as database,
        pinned_server(directory / "api", database_url=database.get_uri(), options=("--role", "api")) as server,
    ):
        accepted = await _measure(server)
    return [
        Figure("accepted and started per second over HTTP, one core", started, "800"),
        Figure("accepted per second over HTTP, an API node on PostgreSQL, one core", accepted, "400"),
    ]


async def _measure(server: ServerProcess) -> str:
    await _accept(server.url, server.key, iter(range(WARM_UP)))
    started, cpu_started = time.perf_counter(), cpu_seconds(server.process_id)
    await _accept(server.url, server.key, iter(range(WARM_UP, WARM_UP + COUNT)))
    elapsed, cpu = time.perf_counter() - started, cpu_seconds(server.process_id) - cpu_started
    return f"{COUNT / elapsed:,.0f} wall, {COUNT / cpu:,.0f} by CPU time"


async def _accept(url: str, key: str, numbers: Iterator[int]) -> None:
    await asyncio.gather(*(_client(url, key, numbers) for _ in range(CLIENTS)))


async def _client(url: str, key: str, numbers: Iterator[int]) -> None:
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for number in numbers:
        writer.write(_request(key, number))
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_content_length(head))
        assert b'"PROCESSING"' in body, body
    writer.close()
    await writer.wait_closed()


def _request(key: str, number: int) -> bytes:
    body = json.dumps({"query": MUTATION, "variables": {"input": REQUEST}})
    lines = (
        "POST /graphql HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        "Accept: application/json",
        f"X-API-Key: {key}",
        f"Idempotency-Key: number-{number}",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join([*lines, "", body]).encode()


def _content_length(head: bytes) -> int:
    line = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return int(line.partition(b":")[2])
