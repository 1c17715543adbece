"""Requires: lumaai==1.21.0

Drives the emulator of Luma's Dream Machine at the base URL given as the argument; prints one JSON line.
"""

import json
import sys

from lumaai import AuthenticationError, LumaAI

KEY = "key-0123456789abcdef"


def drive(url: str) -> dict[str, object]:
    client = LumaAI(auth_token=KEY, base_url=f"{url}/dream-machine/v1", max_retries=0)
    frame = {"frame0": {"type": "image", "url": "https://media.example/fox.png"}}
    video = client.generations.create(model="ray-2", prompt="a fox", duration="5s", keyframes=frame)
    image = client.generations.image.create(model="photon-1", prompt="a fox")
    finished = client.generations.get(video.id)
    client.generations.delete(image.id)
    try:
        LumaAI(auth_token="wrong", base_url=client.base_url, max_retries=0).generations.get(video.id)
        error = None
    except AuthenticationError as fault:
        error = fault.status_code
    return {
        "states": [video.state, finished.state, client.generations.get(image.id).state],
        "url": finished.assets.video,
        "credits": client.credits.get().credit_balance,
        "error": error,
    }


if __name__ == "__main__":
    print(json.dumps(drive(sys.argv[1])))  # noqa: T201
