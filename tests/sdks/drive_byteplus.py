"""Requires: byteplus-python-sdk-v2[ark]==3.0.63

Drives the emulator of ModelArk at the base URL given as the argument; prints one JSON line.
"""

import json
import sys

from byteplussdkarkruntime import Ark
from byteplussdkarkruntime._exceptions import ArkAuthenticationError

KEY = "key-0123456789abcdef"


def drive(url: str) -> dict[str, object]:
    client = Ark(api_key=KEY, base_url=f"{url}/api/v3", max_retries=0)
    tasks = client.content_generation.tasks
    model, content = "seedance-1-0-pro-250528", [{"type": "text", "text": "a fox"}]
    created = tasks.create(model=model, content=content)
    finished = tasks.get(task_id=created.id)
    cancelled = tasks.create(model=model, content=content)
    tasks.delete(task_id=cancelled.id)
    image = client.images.generate(model="seedream-4-5-251128", prompt="a fox", size="2K")
    try:
        Ark(api_key="wrong", base_url=f"{url}/api/v3", max_retries=0).content_generation.tasks.get(task_id=created.id)
        error = None
    except ArkAuthenticationError as fault:
        error = fault.status_code
    return {
        "states": [finished.status, tasks.get(task_id=cancelled.id).status],
        "url": finished.content.video_url,
        "image": image.data[0].url,
        "error": error,
    }


if __name__ == "__main__":
    print(json.dumps(drive(sys.argv[1])))  # noqa: T201
