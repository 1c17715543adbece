"""Generates videos and avatars of many prompts on a server and arranges frames of each in a row."""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
from PIL import Image

from cli.client.graphql_client import Client

FRAMES = 5
CELL = (320, 180)  # pixels
VIDEOS: Sequence[tuple[str, dict[str, Any]]] = (
    ("a sailboat on the sea at sunset, slow pan", {"duration": 5}),
    ("a neon city street at night in the rain", {"duration": 5}),
    ("a red fox running through a snowy forest", {"duration": 5, "motionIntensity": "high"}),
    ("a hot air balloon rising over mountains at dawn", {"duration": 5}),
    ("fireworks over a castle at night", {"duration": 5}),
    ("coral reef with fish and a turtle, underwater", {"duration": 5}),
    ("a rocket flying through space past a ringed planet", {"duration": 5}),
    ("watercolour of cherry blossoms falling in a temple garden", {"duration": 5}),
)
AVATARS: Sequence[tuple[str, dict[str, Any]]] = (
    ("Good evening, and welcome to the news.", {}),
    ("Hello there! I am so glad to see you.", {"background": "office"}),
    ("Let me show you around the house.", {"background": "#204060", "gesture": "wave"}),
    ("Thank you for watching, and good night.", {"avatarId": "anna"}),
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path, help="file to write: .png or .jpg")
    parser.add_argument("--url", default=os.environ.get("DOITONG_URL", "http://127.0.0.1:8000"))
    parser.add_argument("--key", default=os.environ.get("DOITONG_API_KEY", ""), help="a test key")
    options = parser.parse_args(arguments)
    asyncio.run(film_sheet(options.url, options.key)).save(options.output)


async def film_sheet(url: str, key: str) -> Image.Image:
    """Return an image with a row of frames for each prompt, in the order of the prompts."""
    requests = [("VIDEO", "kling", prompt, options) for prompt, options in VIDEOS]
    requests += [("AVATAR", "hedra", text, options) for text, options in AVATARS]
    sheet = Image.new("RGB", (FRAMES * CELL[0], len(requests) * CELL[1]))
    with tempfile.TemporaryDirectory() as folder:
        async with Client.open(url, key) as client:
            for row, (type, provider, text, options) in enumerate(requests):
                path = Path(folder) / f"{row}.mp4"
                await _generate(client, path, type=type, provider=provider, input={"text": text}, options=options)
                for column, frame in enumerate(frames_of(path)):
                    sheet.paste(_fit_cell(frame), (column * CELL[0], row * CELL[1]))
    return sheet


async def _generate(client: Client, path: Path, **request: Any) -> None:
    accepted = await client.generate(**request)
    last = [state async for state in client.follow(accepted["id"])][-1]
    if last["status"] != "COMPLETED":
        raise SystemExit(f"{request}: {last['error']}")
    await client.save(last["outputs"][0]["url"], path)


def frames_of(path: Path) -> list[Image.Image]:
    """Return `FRAMES` frames at equal distances, from the first to the last."""
    with av.open(path) as video:
        frames = [Image.fromarray(frame.to_ndarray(format="rgb24")) for frame in video.decode(video=0)]
    return [frames[round(index * (len(frames) - 1) / (FRAMES - 1))] for index in range(FRAMES)]


def _fit_cell(frame: Image.Image) -> Image.Image:
    cell = Image.new("RGB", CELL)
    frame.thumbnail(CELL)
    cell.paste(frame, ((CELL[0] - frame.width) // 2, (CELL[1] - frame.height) // 2))
    return cell


if __name__ == "__main__":
    main()
