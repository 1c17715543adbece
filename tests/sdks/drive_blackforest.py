"""Requires: blackforest==0.1.3

Drives the emulator of Black Forest Labs at the base URL given as the argument; prints one JSON line.
"""

import contextlib
import io
import json
import sys

from blackforest import BFLClient
from blackforest.client import BFLError
from blackforest.types.general.client_config import ClientConfig

KEY = "key-0123456789abcdef"


def drive(url: str) -> dict[str, object]:
    client = BFLClient(api_key=KEY, base_url=url)
    submitted = client.generate("flux-pro-1.1", {"prompt": "a fox"})
    status = client.get_task_status(submitted.id)
    with contextlib.redirect_stdout(io.StringIO()):  # it prints its polls
        finished = client.generate("flux-pro-1.1", {"prompt": "a fox"}, ClientConfig(sync=True, polling_interval=0.1))
    try:
        BFLClient(api_key="wrong", base_url=url).generate("flux-pro-1.1", {"prompt": "a fox"})
        error = None
    except BFLError as fault:
        error = type(fault).__name__
    return {
        "status": status.status,
        "url": status.result["sample"],
        "finished": finished.result["sample"],
        "error": error,
    }


if __name__ == "__main__":
    print(json.dumps(drive(sys.argv[1])))  # noqa: T201
