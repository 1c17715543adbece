"""Requires: openai==3.57.0

Drives the OpenAI emulator at the base URL given as the argument (without `/v1`), and prints one JSON line.
"""

import base64
import json
import sys
import warnings
from collections.abc import Callable

import openai
from openai import OpenAI

KEY = "sk-openai-emulator-0123456789"
PICTURE = ("picture.png", b"\x89PNG\r\n\x1a\n", "image/png")


def main(base_url: str) -> None:
    warnings.simplefilter("ignore", DeprecationWarning)  # of the video methods, which local servers implement
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
    result = {
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
    sys.stdout.write(json.dumps(result) + "\n")


def error_of(call: Callable[[], object]) -> str:
    """Return the name of the SDK's exception and the code of the error."""
    try:
        call()
    except openai.APIStatusError as error:
        return f"{type(error).__name__} {error.code}"
    return "none"


if __name__ == "__main__":
    main(sys.argv[1])
