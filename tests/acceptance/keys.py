"""Keys of other people, made as operators make them."""

import subprocess
import sys

from tests.acceptance.server_process import ROOT, ServerProcess


def new_key(server: ServerProcess, *options: str) -> str:
    """The key of an account of its own."""
    command = [sys.executable, "-m", "cli", "keys", "create", "someone", *options]
    directory = ["--data-dir", str(server.data_directory)]
    done = subprocess.run([*command, *directory], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()
