"""Requires: dashscope==2.0.2

Drives the emulator of DashScope at the base URL given as the argument; prints one JSON line.
"""

import json
import sys

import dashscope
from dashscope import MultiModalConversation, VideoSynthesis

KEY = "key-0123456789abcdef"


def drive(url: str) -> dict[str, object]:
    dashscope.base_http_api_url = f"{url}/api/v1"
    task = VideoSynthesis.async_call(api_key=KEY, model="wan2.6-t2v", prompt="a fox")
    finished = VideoSynthesis.fetch(task, api_key=KEY)
    another = VideoSynthesis.async_call(api_key=KEY, model="wan2.6-t2v", prompt="a fox")
    cancelled = VideoSynthesis.cancel(another, api_key=KEY)
    messages = [{"role": "user", "content": [{"text": "a fox"}]}]
    image = MultiModalConversation.call(api_key=KEY, model="qwen-image-2.0-pro", messages=messages, size="1024*1024")
    error = VideoSynthesis.async_call(api_key="wrong", model="wan2.6-t2v", prompt="a fox")
    return {
        "states": [task.output.task_status, finished.output.task_status],
        "url": finished.output.video_url,
        "cancelled": cancelled.status_code,
        "image": image.output.choices[0].message.content[0]["image"],
        "error": [error.status_code, error.code],
    }


if __name__ == "__main__":
    print(json.dumps(drive(sys.argv[1])))  # noqa: T201
