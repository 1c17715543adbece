"""Requires: omnivideo-sdk==0.1.0

Drives OmniVideo, its emulator or a server of ours, at the base URL given as the argument, with the key given after
it; prints one JSON line.
"""

import json
import sys
import time

from omnivideo_sdk import OmniVideo, OmniVideoError

KEY = "key-0123456789abcdef"
POLL_INTERVAL = 0.3  # seconds


def drive(url: str, key: str = KEY) -> dict[str, object]:
    client = OmniVideo(key, base_url=f"{url}/api/v1")
    task = client.create_task("seedance-2", "a fox", aspect_ratio="16:9")
    finished = client.get_task(task.task_id)
    while not finished.done:
        time.sleep(POLL_INTERVAL)
        finished = client.get_task(task.task_id)
    errors = []
    for faulty, model in ((OmniVideo("wrong", base_url=client.base_url), "seedance-2"), (client, "unknown")):
        try:
            faulty.create_task(model, "a fox")
        except OmniVideoError as fault:
            errors.append([fault.status, fault.code])
    return {"states": [task.task_status, finished.task_status], "url": finished.output_url, "errors": errors}


if __name__ == "__main__":
    print(json.dumps(drive(*sys.argv[1:])))  # noqa: T201
