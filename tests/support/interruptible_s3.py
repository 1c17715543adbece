"""An S3 server in its own process, which a test can suspend, resume and stop."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from media.s3 import S3Location
from tests.support.asgi_server import free_port
from tests.support.media_stores import REGION, authorization

START_TIMEOUT = 30  # seconds
BUCKET = "media"


@dataclass
class InterruptibleS3:
    """A bucket whose server can be frozen, so that it accepts connections without responding, or stopped."""

    port: int
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def location(self) -> S3Location:
        return S3Location(BUCKET, "kept", f"http://127.0.0.1:{self.port}", REGION, "bucket-key-id", "bucket-secret")

    def start(self) -> None:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + START_TIMEOUT
        while not self._create_bucket():
            if time.monotonic() > end:
                raise AssertionError(f"the S3 server did not start within {START_TIMEOUT} s")
            time.sleep(0.05)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restore(self) -> None:
        """Resume or restart the server."""
        if self._process is None:
            self.start()
        else:
            self.resume()

    def interrupt(self, how: str) -> None:
        """Bring the server into the state `frozen` or `stopped`."""
        if how == "frozen":
            self.freeze()
        else:
            self.stop()

    def files(self) -> set[str]:
        """Return the keys of all objects in the bucket."""
        address = f"http://127.0.0.1:{self.port}/{BUCKET}?list-type=2"
        listing = (
            httpx.get(address, headers={"Authorization": authorization()}, trust_env=False).raise_for_status().text
        )
        return set(re.findall("<Key>([^<]+)</Key>", listing))

    def _signal(self, number: int) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def _create_bucket(self) -> bool:
        address = f"http://127.0.0.1:{self.port}/{BUCKET}"
        try:
            httpx.put(address, headers={"Authorization": authorization()}, trust_env=False).raise_for_status()
        except httpx.TransportError:
            return False
        return True


@pytest.fixture(scope="module")
def s3_process() -> Iterator[InterruptibleS3]:
    server = InterruptibleS3(free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def interruptible_s3(s3_process: InterruptibleS3) -> Iterator[InterruptibleS3]:
    """A running S3 server, restored after each test."""
    yield s3_process
    s3_process.restore()
