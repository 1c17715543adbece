"""Requires: omnivideo-sdk==0.1.0

Drives the emulator of OmniVideo at the base URL given as the argument; prints one JSON line.
"""

import json
import sys

from omnivideo_sdk import OmniVideo, OmniVideoError

KEY = "key-0123456789abcdef"


def drive(url: str) -> dict[str, object]:
    client = OmniVideo(KEY, base_url=f"{url}/api/v1")
    task = client.create_task("seedance-2", "a fox", aspect_ratio="16:9")
    finished = client.get_task(task.task_id)
    errors = []
    for faulty, model in ((OmniVideo("wrong", base_url=client.base_url), "seedance-2"), (client, "unknown")):
        try:
            faulty.create_task(model, "a fox")
        except OmniVideoError as fault:
            errors.append([fault.status, fault.code])
    return {"states": [task.task_status, finished.task_status], "url": finished.output_url, "errors": errors}


if __name__ == "__main__":
    print(json.dumps(drive(sys.argv[1])))  # noqa: T201
