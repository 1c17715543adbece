"""Seconds from `generate` to the end for each media type, with a warm worker."""

import time
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure
from cli.client.graphql_client import Client
from tests.support.server_process import ServerProcess

ROUNDS = 3
# About ten seconds of speech.
TEXT = (
    "The quick brown fox jumps over the lazy dog while the morning sun rises slowly over the quiet hills, "
    "and far below in the valley a small train whistles on its way to the sea."
)
REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "image, 1024x1024",
        "0.5 s",
        {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "a red fox in the snow"}},
    ),
    (
        "video, 5 s of 1280x720 with sound",
        "8 s",
        {
            "type": "VIDEO",
            "provider": "kling",
            "input": {"text": "a sailboat at sunset"},
            "options": {"duration": 5, "resolution": "720p"},
        },
    ),
    (
        "speech, about 10 s",
        "faster than real time",
        {"type": "AUDIO", "provider": "elevenlabs", "input": {"text": TEXT}},
    ),
    ("avatar, about 10 s", "10 s", {"type": "AVATAR", "provider": "hedra", "input": {"text": TEXT}}),
    ("music, 30 s", "1 s", {"type": "MUSIC", "provider": "suno", "input": {"text": "a lofi song about rain"}}),
]


async def media_figures(directory: Path) -> list[Figure]:
    """Measure the best of `ROUNDS` after a warm-up, in which the worker loads its packages."""
    data = directory / "media"
    data.mkdir()
    figures = []
    with ServerProcess(data) as server:
        async with Client.open(server.url, server.key) as client:
            for name, target, request in REQUESTS:
                times = [await _seconds(client, request, seed) for seed in range(ROUNDS + 1)]
                best = min(times[1:])
                figures.append(Figure(name, f"{best:.2f} s warm, {times[0]:.2f} s cold", target))
    return figures


async def _seconds(client: Client, request: dict[str, Any], seed: int) -> float:
    options = {**request.get("options", {}), "seed": seed}
    started = time.perf_counter()
    accepted = await client.generate(**{**request, "options": options})
    async for state in client.follow(accepted["id"]):
        if state["stage"] == "DONE":
            if state["status"] != "COMPLETED":
                raise RuntimeError(f"{accepted['id']} ended {state['status']}: {state['error']}")
            return time.perf_counter() - started
    raise RuntimeError(f"{accepted['id']} has no final event")
