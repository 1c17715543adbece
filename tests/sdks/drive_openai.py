"""Requires: openai==3.57.0

Drives the OpenAI emulator at the base URL given as the argument (without `/v1`), or with a key after it a server of
ours; prints one JSON line.
"""

import base64
import json
import sys
import warnings
import zlib
from collections.abc import Callable

import openai
from openai import OpenAI

KEY = "sk-openai-emulator-0123456789"
PICTURE = ("picture.png", b"\x89PNG\r\n\x1a\n", "image/png")


def main(base_url: str, *keys: str) -> None:
    warnings.simplefilter("ignore", DeprecationWarning)  # of the video methods, which local servers implement
    result = drive_server(base_url, *keys) if keys else drive_emulator(base_url)
    sys.stdout.write(json.dumps(result) + "\n")


def drive_emulator(base_url: str) -> dict[str, object]:
    """Drive the emulator."""
    client = OpenAI(api_key=KEY, base_url=f"{base_url}/v1", max_retries=0)
    image = client.images.generate(
        model="gpt-image-2", prompt="A red kite", size="1024x768", n=2, output_format="webp", quality="low"
    )
    edit = client.images.edit(model="gpt-image-2", prompt="At night", image=[PICTURE, PICTURE], size="1024x1024")
    local = client.images.generate(model="stable-diffusion", prompt="A red kite", response_format="url")
    speech = client.audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input="Good morning.")
    video = client.videos.create(model="wan", prompt="A red kite", seconds="4", input_reference=PICTURE)
    done = client.videos.retrieve(video.id)
    film = client.videos.download_content(video.id).read()
    deleted = client.videos.delete(video.id)
    return {
        "images": [base64.b64decode(item.b64_json)[8:12].decode() for item in image.data],
        "tokens": image.usage.total_tokens,
        "edits": len(edit.data),
        "url": local.data[0].url.rpartition("/")[2],
        "speech": len(speech.read()) > 1000,
        "video": [video.status, done.status, done.progress, film[4:8].decode(), deleted.deleted],
        "cancelled": error_of(lambda: client.videos.retrieve(video.id)),
        "invalid": error_of(lambda: client.images.generate(model="gpt-image-2", prompt="A kite", size="1000x1000")),
        "unauthorized": error_of(OpenAI(api_key="wrong", base_url=f"{base_url}/v1", max_retries=0).models.list),
        "models": [model.id for model in client.models.list()],
    }


def drive_server(base_url: str, key: str) -> dict[str, object]:
    """Drive a server of ours."""
    client = OpenAI(api_key=key, base_url=f"{base_url}/v1")
    picture = ("picture.png", png(64, 64), "image/png")
    image = client.images.generate(model="gpt-image-2", prompt="A red kite", size="256x256", n=2, quality="low")
    link = client.images.generate(model="flux-dev", prompt="A red kite", size="256x256", response_format="url")
    edit = client.images.edit(model="gpt-image-2", prompt="At night", image=[picture, picture], size="256x256")
    with client.audio.speech.with_streaming_response.create(
        model="tts-1", voice="alloy", input="Good day."
    ) as response:
        speech = response.read()
    video = client.videos.create_and_poll(
        model="seedance-2",
        prompt="A red kite",
        seconds="5",
        size="480x480",
        input_reference=picture,
        poll_interval_ms=200,
    )
    film = client.videos.download_content(video.id)
    return {
        "images": [base64.b64decode(item.b64_json)[1:4].decode() for item in image.data],
        "url": link.data[0].url.startswith(f"{base_url}/media/"),
        "edit": len(edit.data),
        "speech": [response.headers["content-type"], len(speech) > 1000],
        "video": [video.status, video.seconds, video.size, film.read()[4:8].decode()],
        "listed": video.id in [one.id for one in client.videos.list()],
        "deleted": client.videos.delete(video.id).deleted,
        "model": client.models.retrieve("gpt-image-2").id,
        "models": "gpt-image-2" in [model.id for model in client.models.list()],
        "errors": [
            details_of(lambda: client.videos.retrieve(video.id)),
            details_of(lambda: client.images.generate(model="gpt-image-9", prompt="A kite")),
            details_of(lambda: client.images.generate(model="gpt-image-2", prompt="A kite", size="large")),
            details_of(lambda: client.images.generate(model="gpt-image-2", prompt="A kite test:content_violation")),
            details_of(lambda: client.images.edit(model="gpt-image-2", prompt="A kite", image=b"no picture")),
            details_of(OpenAI(api_key="wrong", base_url=f"{base_url}/v1").videos.list),
        ],
    }


def png(width: int, height: int) -> bytes:
    """Return a grey picture."""
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    rows = (b"\0" + b"\x80" * width) * height
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big") for name, data in chunks
    )


def details_of(call: Callable[[], object]) -> list[object]:
    """Return the name of the SDK's exception, the HTTP status, the code and the parameter."""
    try:
        call()
    except openai.APIStatusError as error:
        return [type(error).__name__, error.status_code, error.code, error.param]
    return []


def error_of(call: Callable[[], object]) -> str:
    """Return the name of the SDK's exception and the code of the error."""
    try:
        call()
    except openai.APIStatusError as error:
        return f"{type(error).__name__} {error.code}"
    return "none"


if __name__ == "__main__":
    main(*sys.argv[1:])
