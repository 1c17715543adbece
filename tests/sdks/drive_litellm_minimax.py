"""Requires: litellm==1.109.1

Drives the emulator of version 2 of MiniMax's video API at the base URL given as the argument; prints one JSON line.
MiniMax has no SDK; LiteLLM is an independent client. It downloads from public hosts only, so the file is not fetched.
"""

import json
import sys

import litellm

KEY = "key-0123456789abcdef"


def drive(url: str) -> dict[str, object]:
    litellm.suppress_debug_info = True  # it prints to standard output
    request = {"model": "minimax/MiniMax-H3", "prompt": "a fox", "api_base": url}
    video = litellm.video_generation(**request, api_key=KEY)
    finished = litellm.video_status(video.id, api_base=url, api_key=KEY)
    try:
        litellm.video_generation(**request, api_key="wrong", max_retries=0)
        error = None
    except litellm.AuthenticationError as fault:
        error = fault.status_code
    return {"states": [video.status, finished.status], "error": error}


if __name__ == "__main__":
    print(json.dumps(drive(sys.argv[1])))  # noqa: T201
