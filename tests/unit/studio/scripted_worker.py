"""A worker for tests that renders nothing; the text of a request selects its behaviour."""

import json
import os
import signal
import sys


def reply(message: object) -> None:
    print(json.dumps(message), flush=True)  # noqa: T201 - the protocol is JSON lines on standard output


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        text = request["input"]["text"]
        reply({"progress": 0.25})
        if text == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        elif text == "hang":
            reply({"progress": 0.5})
            signal.pause()
        elif text == "invalid":
            reply("not a reply")
        elif text == "violation":
            reply({"failed": {"code": "CONTENT_VIOLATION", "message": "no", "field": None}})
        else:
            outputs = [{"name": "a.png", "media_type": "image/png", "role": "output", "title": text, "lyrics": None}]
            reply({"done": {"outputs": outputs, "notes": [{"reason": str(os.getpid())}]}})


main()
