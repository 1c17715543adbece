"""Client programs, each run as a process against a server."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server_process import ROOT, ServerProcess

NODE = shutil.which("node")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
PACKAGES = ROOT / "tests" / "wire" / "node_modules"
PROGRAM_TIMEOUT = 90  # seconds


def make_workspace(directory: Path) -> None:
    """Make a directory with the npm packages that client programs import."""
    (directory / "package.json").write_text('{ "private": true, "type": "module" }\n')
    (directory / "node_modules").symlink_to(PACKAGES, target_is_directory=True)


def run_program(
    program: Path, server: ServerProcess, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a program in its directory, with the server's URL and key in the environment."""
    return subprocess.run(
        [*interpreter(program), program.name, *arguments],
        cwd=program.parent,
        env=environment_of(server) | environment,
        capture_output=True,
        text=True,
        timeout=PROGRAM_TIMEOUT,
        check=False,
    )


def run_tool(directory: Path, server: ServerProcess, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of an npm package in a workspace."""
    if NODE is None:
        pytest.skip("node is not installed")
    command = [str(directory / "node_modules" / ".bin" / name), *arguments]
    return subprocess.run(
        command,
        cwd=directory,
        env=environment_of(server),
        capture_output=True,
        text=True,
        timeout=PROGRAM_TIMEOUT,
        check=False,
    )


def environment_of(server: ServerProcess) -> dict[str, str]:
    """Return the environment of client programs: our own, with the server's URL and key."""
    return {**os.environ, "DOITONG_URL": server.url, "DOITONG_API_KEY": server.key, "NO_PROXY": "127.0.0.1"}


def interpreter(program: Path) -> list[str]:
    if program.suffix == ".py":
        return [sys.executable]
    if program.suffix == ".sh":
        return ["bash"]
    if NODE is None:
        pytest.skip("node is not installed")
    assert PACKAGES.is_dir(), "run `npm ci` in tests/wire, or `make setup`"
    return [NODE]
