"""A worker for tests that makes nothing: the text of a request says what it does."""

import json
import os
import signal
import sys


def say(message: object) -> None:
    print(json.dumps(message), flush=True)  # noqa: T201 - this is the protocol


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        text = request["input"]["text"]
        say({"progress": 0.25})
        if text == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        elif text == "hang":
            say({"progress": 0.5})
            signal.pause()
        elif text == "babble":
            say("what a day")
        elif text == "refuse":
            say({"failed": {"code": "CONTENT_VIOLATION", "message": "no", "field": None}})
        else:
            outputs = [{"name": "a.png", "media_type": "image/png", "role": "output", "title": text, "lyrics": None}]
            say({"done": {"outputs": outputs, "notes": [{"reason": str(os.getpid())}]}})


main()
