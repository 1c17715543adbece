"""How many generations a server on one core accepts a second over HTTP, and begins: all that a request costs."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.pinned import pinned_server, processor_seconds

COUNT = 2_000
WARMING = 300
CLIENTS = 32
MUTATION = "mutation ($input: GenerateInput!) { generate(input: $input) { id status creditCost } }"
# Accepted, submitted and then waiting: the picture itself is not part of the figure.
WANTED = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "a fox test:hang"}}


async def generate_over_http(directory: Path) -> list[Figure]:
    """Every request has an idempotency key of its own; the hold, the row and the begun job are in the figure."""
    with pinned_server(directory / "generate") as server:
        await _accept(server.url, server.key, iter(range(WARMING)))
        begun, used = time.perf_counter(), processor_seconds(server.process_id)
        await _accept(server.url, server.key, iter(range(WARMING, WARMING + COUNT)))
        seconds, busy = time.perf_counter() - begun, processor_seconds(server.process_id) - used
    measured = f"{COUNT / seconds:,.0f} wall, {COUNT / busy:,.0f} by CPU time"
    return [Figure("accepted and begun a second over HTTP, one core", measured, "800")]


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
    body = json.dumps({"query": MUTATION, "variables": {"input": WANTED}})
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
