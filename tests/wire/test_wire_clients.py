"""The clients that front ends use, from npm, over real sockets: against the endpoint, and against the whole server."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.server_process import ServerProcess
from tests.wire.toy import KEY

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.wire.serve"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.kill()


@pytest.mark.parametrize("suite", ["audit", "ws", "sse", "apollo", "urql"])
def test_the_suite_of_each_client_passes(address: str, suite: str) -> None:
    done = run_suite(suite, address, KEY)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("suite", ["audit", "server"])
def test_the_suite_passes_against_the_whole_server(server: ServerProcess, suite: str) -> None:
    done = run_suite(suite, server.url.removeprefix("http://"), server.key)

    assert done.returncode == 0, done.stdout + done.stderr


def run_suite(suite: str, address: str, key: str) -> subprocess.CompletedProcess[str]:
    assert (HERE / "node_modules").is_dir(), "run `npm ci` in tests/wire, or `make setup`"

    return subprocess.run(
        [str(NODE), "--test", "--test-reporter=spec", f"{suite}.mjs"],
        cwd=HERE,
        env={**os.environ, "ADDRESS": address, "API_KEY": key},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
