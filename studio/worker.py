"""The worker process: reads one request a line, renders it, and answers in lines of JSON until its input ends."""

import argparse
import ctypes
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from kit.errors import DoitongError, GenerationFailed
from providers.backend import JSONObject
from studio.render import render
from studio.render_task import Workshop
from studio.request import decode_request, encode_error, encode_result

PRIORITY_BELOW_SERVER = 5  # steps of niceness
MEMORY_LIMIT = 4 * 1024**3  # bytes of private memory
REPORT_INTERVAL = 0.1  # seconds
PARENT_DEATH_SIGNAL_OPTION = 1  # PR_SET_PDEATHSIG in linux/prctl.h


class Replies:
    """The lines that go back. Nothing is left to do once nobody reads them."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._reported_at = -REPORT_INTERVAL

    def progress(self, share: float) -> None:
        """Tell how much is done, of 1.0, unless that was told a moment ago."""
        now = time.monotonic()
        if now - self._reported_at >= REPORT_INTERVAL:
            self._reported_at = now
            self.send({"progress": round(min(1.0, max(0.0, share)), 3)})

    def send(self, message: JSONObject) -> None:
        try:
            self._stream.write(json.dumps(message).encode() + b"\n")
            self._stream.flush()
        except BrokenPipeError:
            raise SystemExit(0) from None


def serve(requests: Iterable[bytes], replies: Replies, workshop: Workshop) -> None:
    """Answer requests until there are no more."""
    for line in requests:
        request = decode_request(line)
        try:
            result = render(request, workshop, report=replies.progress)
        except DoitongError as error:
            replies.send({"failed": encode_error(error)})
        except (OSError, MemoryError) as error:
            failure = GenerationFailed(f"The local renderer ran into the limits of this machine: {describe(error)}.")
            replies.send({"failed": encode_error(failure)})
        else:
            replies.send({"done": encode_result(result)})


def describe(error: OSError | MemoryError) -> str:
    """What happened, without the path it happened to."""
    return (error.strerror or "a file could not be written") if isinstance(error, OSError) else "memory ran out"


def claim_stdout() -> BinaryIO:
    """Take standard output for the replies alone: what a library prints goes to standard error from now on."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return replies


def behave() -> None:
    """Be a good neighbour to the server: lower priority, bounded memory, and gone when it is."""
    os.nice(PRIORITY_BELOW_SERVER)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL_OPTION, signal.SIGKILL)
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        limit = MEMORY_LIMIT if most == resource.RLIM_INFINITY else min(MEMORY_LIMIT, most)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, most))


def main() -> None:
    parser = argparse.ArgumentParser(prog="studio.worker", description=__doc__)
    for name in ("--directory", "--voices", "--cache"):
        parser.add_argument(name, type=Path, required=True)
    arguments = parser.parse_args()
    behave()
    with claim_stdout() as stream:
        workshop = Workshop(directory=arguments.directory, voices=arguments.voices, cache=arguments.cache)
        serve(sys.stdin.buffer, Replies(stream), workshop)


if __name__ == "__main__":
    main()
