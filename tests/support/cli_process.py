"""Commands of the CLI, each run as a process."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.server_process import ROOT, ServerProcess


def run_cli(*arguments: str, data_directory: Path) -> str:
    """Return what the command prints; it must succeed, and print only the database on standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "cli", *arguments, "--data-dir", str(data_directory)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=data_directory.parent,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert [
        line for line in done.stderr.splitlines() if not re.match("doitong: (using|creating) the database ", line)
    ] == []
    return done.stdout.strip()


def create_key(server: ServerProcess, *options: str) -> str:
    """Return a key of a new account."""
    return run_cli("keys", "create", "someone", *options, data_directory=server.data_directory)
