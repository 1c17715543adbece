"""Requires: luma-agents==0.5.0

Drives the emulator of Luma's agents API at the base URL given as the argument; prints one JSON line.
"""

import json
import sys

from luma_agents import AuthenticationError, Luma

KEY = "key-0123456789abcdef"


def drive(url: str) -> dict[str, object]:
    client = Luma(auth_token=KEY, base_url=f"{url}/v1", max_retries=0)
    video = client.generations.create(prompt="a fox", model="ray-3.2", type="video", video={"duration": "5s"})
    finished = client.generations.get(video.id)
    try:
        Luma(auth_token="wrong", base_url=f"{url}/v1", max_retries=0).generations.get(video.id)
        error = None
    except AuthenticationError as fault:
        error = fault.status_code
    return {"states": [video.state, finished.state], "url": finished.output[0].url, "error": error}


if __name__ == "__main__":
    print(json.dumps(drive(sys.argv[1])))  # noqa: T201
