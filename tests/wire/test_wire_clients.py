"""JavaScript clients over real sockets, against the toy schema and against the whole server."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server_process import ROOT, ServerProcess
from tests.support.toy_schema import KEY

HERE = Path(__file__).parent
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.wire.serve_toy_schema"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.kill()


@pytest.mark.parametrize("suite", ["audit", "ws", "sse", "apollo", "urql"])
def test_each_client_suite_passes(host: str, suite: str) -> None:
    done = run_suite(suite, host, KEY)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("suite", ["audit", "openai", "server"])
def test_each_suite_passes_against_the_whole_server(server: ServerProcess, suite: str) -> None:
    done = run_suite(suite, server.url.removeprefix("http://"), server.key)

    assert done.returncode == 0, done.stdout + done.stderr


def run_suite(suite: str, host: str, key: str) -> subprocess.CompletedProcess[str]:
    assert (HERE / "node_modules").is_dir(), "run `npm ci` in tests/wire, or `make setup`"

    return subprocess.run(
        [str(NODE), "--test", "--test-reporter=spec", f"{suite}.mjs"],
        cwd=HERE,
        env={**os.environ, "ADDRESS": host, "API_KEY": key},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
