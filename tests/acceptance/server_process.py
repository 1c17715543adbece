"""A server as users run it: a process of its own, spoken to over its port."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
READY = re.compile(r"ready at (\S+)\s+test key\s+(\S+)\s")
PATIENCE = 30  # seconds


class ServerProcess:
    """`doitong serve --dev` on a free port."""

    def __init__(self, data_directory: Path, *, database_url: str | None = None, port: int = 0) -> None:
        self.data_directory = data_directory
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        environment.pop("DOITONG_DATABASE_URL", None)
        if database_url is not None:
            environment["DOITONG_DATABASE_URL"] = database_url
        command = [sys.executable, "-m", "cli", "serve", "--dev", "--port", str(port)]
        command += ["--data-dir", str(data_directory)]
        self._log = (data_directory.parent / f"{data_directory.name}.log").open("ab")
        self._process = subprocess.Popen(
            command, env=environment, cwd=data_directory.parent, stdout=subprocess.PIPE, stderr=self._log
        )
        self.url, self.key = self._announcement()

    @property
    def process_id(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """kill -9: nothing is said and nothing is saved."""
        self._process.send_signal(signal.SIGKILL)
        self._ended()

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        self._process.terminate()
        return self._ended()

    def memory(self) -> int:
        """Resident bytes."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self._process.pid}/task").iterdir()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.stop()
        self._log.close()

    def _ended(self) -> int:
        status = self._process.wait(PATIENCE)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return status

    def _announcement(self) -> tuple[str, str]:
        text = ""
        assert self._process.stdout is not None
        while not (found := READY.search(text)):
            line = self._process.stdout.readline()
            if not line:
                raise AssertionError(f"the server ended at once: {Path(self._log.name).read_text()[-2000:]}")
            text += line.decode()
        return found[1], found[2]
