"""`doitong serve` as a process, used over HTTP."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Self

import pytest

from cli.client.graphql_client import Client
from media.s3 import S3Location
from tests.support.log_secrecy import secrets_in, secrets_of_server

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "cli")
READY = re.compile(r"ready at (\S+)\s")
TEST_KEY = re.compile(r"test key\s+(\S+)\s")
CREDITS = "1000000"
EXIT_TIMEOUT = 30  # seconds


class ServerProcess:
    """A server on `port`, or on a free one, with `settings` in its environment; `key` is a test key.

    It is a development server unless `dev` is false. `options` are passed to `doitong serve`; a worker has no key.
    """

    def __init__(
        self,
        data_directory: Path,
        *,
        database_url: str | None = None,
        port: int = 0,
        dev: bool = True,
        settings: Mapping[str, str] = MappingProxyType({}),
        options: Sequence[str] = (),
    ) -> None:
        self.data_directory = data_directory
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **settings}
        self._environment.pop("DOITONG_DATABASE_URL", None)
        if database_url is not None:
            self._environment["DOITONG_DATABASE_URL"] = database_url
        command = [*COMMAND, "serve", "--port", str(port), "--data-dir", str(data_directory), *options]
        self.log_file = data_directory.parent / f"{data_directory.name}.log"
        self._log = self.log_file.open("ab")
        self._process = subprocess.Popen(
            [*command, "--dev"] if dev else command,
            env=self._environment,
            cwd=data_directory.parent,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        self._output = ""
        try:
            self.url = self._read(READY)
            if "worker" not in options:
                self.key = self._read(TEST_KEY) if dev else self.create_key(test=True)
        except BaseException:
            self._process.kill()
            self._wait()
            self._log.close()
            raise

    @property
    def process_id(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """Send SIGKILL."""
        self._process.send_signal(signal.SIGKILL)
        self._wait()

    def stop(self) -> int:
        """Send SIGTERM and return the exit status."""
        self._process.terminate()
        return self._wait()

    def stop_with_children(self) -> int:
        """Send SIGTERM to every process of the server, as a service manager does; return the exit status."""
        for process_id in self.children():
            os.kill(process_id, signal.SIGTERM)
        return self.stop()

    def children(self) -> set[int]:
        """Return the ids of the processes that this process has started."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        return set(map(int, children.split()))

    def memory(self) -> int:
        """Return the resident set size in bytes."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self._process.pid}/task").iterdir()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.stop()
        self._wait()
        self._log.close()
        assert not secrets_in(self.log_file.read_text(), secrets_of_server(self._environment, self.data_directory))

    def _wait(self) -> int:
        status = self._process.wait(EXIT_TIMEOUT)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return status

    def create_key(self, *, test: bool = False) -> str:
        """Create an account with a live key, or a test key, and return the key."""
        mode = ["--test"] if test else []
        arguments = ["keys", "create", "test", *mode, "--plan", "enterprise", "--credits", CREDITS]
        created = subprocess.run(
            [*COMMAND, *arguments, "--data-dir", str(self.data_directory)],
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return created.stdout.strip()

    def _read(self, announcement: re.Pattern[str]) -> str:
        """Read the output up to the announcement and return its group."""
        assert self._process.stdout is not None
        while not (found := announcement.search(self._output)):
            line = self._process.stdout.readline()
            if not line:
                raise AssertionError(f"the server exited at startup: {self.log_file.read_text()[-2000:]}")
            self._output += line.decode()
        return found[1]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all tests that use it only as a client does."""
    directory = tmp_path_factory.mktemp("server") / "data"
    directory.mkdir()
    with ServerProcess(directory) as process:
        yield process


@pytest.fixture(scope="session", params=["disk", "s3"])
def server_of_each_store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """A server that stores media in a directory, and one that stores them in a bucket."""
    directory = tmp_path_factory.mktemp(f"server-{request.param}") / "data"
    directory.mkdir()
    with pytest.MonkeyPatch.context() as environment:
        if request.param == "s3":
            location: S3Location = request.getfixturevalue("new_bucket")()
            environment.setenv("DOITONG_MEDIA_STORE", str(location))
            environment.setenv("DOITONG_S3_ENDPOINT", location.endpoint or "")
            environment.setenv("DOITONG_S3_REGION", location.region or "")
            environment.setenv("DOITONG_S3_ACCESS_KEY_ID", location.key_id or "")
            environment.setenv("DOITONG_S3_SECRET_ACCESS_KEY", location.secret or "")
        process = ServerProcess(directory)
    with process:
        yield process


@pytest.fixture
async def client(server: ServerProcess) -> AsyncIterator[Client]:
    async with Client.open(server.url, server.key) as opened:
        yield opened
