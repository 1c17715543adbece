"""The worker process: renders one request per line of standard input and replies in JSON lines."""

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

from kit.disk_space import is_disk_failure, is_out_of_space
from kit.errors import DoitongError, GenerationFailed
from providers.backend import JSONObject
from studio.render import render
from studio.render_task import WorkerDirectories
from studio.request import decode_request, encode_error, encode_result

NICENESS = 5  # added to that of the server
MEMORY_LIMIT = 4 * 1024**3  # bytes of private memory
REPORT_INTERVAL = 0.1  # seconds
PR_SET_PDEATHSIG = 1  # in linux/prctl.h


class ReplyWriter:
    """Writes replies as JSON lines. Ends the process when the reader has closed the stream."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._reported_at = -REPORT_INTERVAL

    def progress(self, share: float) -> None:
        """Send the completed share (0.0 to 1.0), at most once per `REPORT_INTERVAL`."""
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


def serve(requests: Iterable[bytes], replies: ReplyWriter, directories: WorkerDirectories) -> None:
    """Render requests until the input ends."""
    for line in requests:
        request = decode_request(line)
        try:
            result = render(request, directories, report=replies.progress)
        except DoitongError as error:
            replies.send({"failed": encode_error(error)})
        except MemoryError:
            replies.send({"failed": encode_error(GenerationFailed("The local renderer ran out of memory."))})
        except OSError as error:
            if is_out_of_space(error) or _concerns(error, directories.directory):
                replies.send({"disk_unavailable": str(error)})
            else:
                failure = GenerationFailed(f"The local renderer failed: {describe(error)}.")
                replies.send({"failed": encode_error(failure)})
        else:
            replies.send({"done": encode_result(result)})


def _concerns(error: OSError, directory: Path) -> bool:
    """Whether the operator has to repair this directory, so that the render is worth another attempt."""
    paths = [Path(os.fsdecode(name)) for name in (error.filename, error.filename2) if isinstance(name, str | bytes)]
    return is_disk_failure(error) and any(path.is_relative_to(directory) for path in paths)


def describe(error: OSError) -> str:
    """Return the reason without the file path, which must not reach clients."""
    return error.strerror or "a file could not be written"


def reserve_stdout() -> BinaryIO:
    """Return a stream for the replies, and redirect standard output, where libraries may print, to standard error."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return replies


def limit_process() -> None:
    """Lower the priority, ignore SIGTERM, limit the memory, and end with the parent (the last two on Linux only)."""
    os.nice(NICENESS)
    # A service manager sends SIGTERM to every process of a service, and the server ends its workers itself.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        _, hard_limit = resource.getrlimit(resource.RLIMIT_DATA)
        limit = MEMORY_LIMIT if hard_limit == resource.RLIM_INFINITY else min(MEMORY_LIMIT, hard_limit)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard_limit))


def main() -> None:
    parser = argparse.ArgumentParser(prog="studio.worker", description=__doc__)
    for name in ("--directory", "--voices", "--cache"):
        parser.add_argument(name, type=Path, required=True)
    arguments = parser.parse_args()
    limit_process()
    with reserve_stdout() as stream:
        directories = WorkerDirectories(directory=arguments.directory, voices=arguments.voices, cache=arguments.cache)
        serve(sys.stdin.buffer, ReplyWriter(stream), directories)


if __name__ == "__main__":
    main()
