"""The official TypeScript client and the MCP inspector's command line, over HTTP and stdio."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.server_process import ROOT, ServerProcess

HERE = Path(__file__).parent
NODE = shutil.which("node")
TIMEOUT = 110  # seconds

pytestmark = [pytest.mark.skipif(NODE is None, reason="node is not installed"), pytest.mark.slow]


def environment(server: ServerProcess) -> dict[str, str]:
    return {
        **os.environ,
        "DOITONG_URL": server.url,
        "DOITONG_API_KEY": server.key,
        "PYTHON": sys.executable,
        "PYTHONPATH": str(ROOT),
        "NO_PROXY": "127.0.0.1",
    }


def run_node(server: ServerProcess, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    assert (HERE / "node_modules").is_dir(), "run `npm ci` in tests/mcp_clients, or `make setup`"
    return subprocess.run(
        [str(NODE), *command],
        cwd=HERE,
        env={**environment(server), **variables},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


def test_the_typescript_client_runs_the_flows_over_http_and_stdio(server: ServerProcess) -> None:
    done = run_node(server, "--test", "--test-reporter=spec", "client.mjs")

    assert done.returncode == 0, done.stdout + done.stderr


class Inspector:
    """The inspector's command line, with one transport."""

    def __init__(self, server: ServerProcess, home: Path, transport: str) -> None:
        self._server, self._home = server, home
        if transport == "http":
            self._target = [f"{server.url}/mcp", "--transport", "http"]
            self._target += ["--header", f"Authorization: Bearer {server.key}"]
        else:
            given = {"DOITONG_URL": server.url, "DOITONG_API_KEY": server.key, "PYTHONPATH": str(ROOT)}
            self._target = [part for name, value in given.items() for part in ("-e", f"{name}={value}")]
            self._target += [sys.executable, "-m", "cli", "mcp"]

    def run(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Return the exit status and the result."""
        program = "node_modules/.bin/mcp-inspector"
        done = run_node(self._server, program, "--cli", *self._target, *arguments, HOME=str(self._home))
        assert done.stdout, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return done.returncode, result

    def call(self, tool: str, **arguments: str) -> dict[str, Any]:
        given = [part for name, value in arguments.items() for part in ("--tool-arg", f"{name}={value}")]
        status, result = self.run("--method", "tools/call", "--tool-name", tool, *given)
        assert status == 0, result
        content: dict[str, Any] = result["structuredContent"]
        return content


@pytest.fixture(params=["http", "stdio"])
def inspector(request: pytest.FixtureRequest, server: ServerProcess, tmp_path: Path) -> Inspector:
    return Inspector(server, tmp_path, request.param)


def test_the_inspector_runs_the_media_music_and_ad_flows(inspector: Inspector) -> None:
    image = inspector.call("generate_media", model="nano-banana-2", prompt="a fox")
    song = inspector.call("generate_music", prompt="calm piano")
    ad = inspector.call("create_ad_copy", reference_ad_url="https://example.com/ad.png", product_text="a red mug")

    ended = [
        inspector.call("get_generation_status", id=image["generation_id"], wait_seconds="45"),
        inspector.call("get_music_status", id=song["generation_id"], wait_seconds="45"),
        inspector.call("get_status", id=ad["generation_ids"][0], wait_seconds="45"),
    ]
    assert [row["status"] for row in ended] == ["completed"] * 3


def test_the_inspector_shows_a_tool_error_and_the_guides(inspector: Inspector) -> None:
    status, result = inspector.run("--method", "tools/call", "--tool-name", "get_status", "--tool-arg", "id=gen_x")
    _, guides = inspector.run("--method", "resources/list")

    assert (status, result["isError"]) == (5, True)
    assert "NOT_FOUND" in result["content"][0]["text"]
    assert [guide["name"] for guide in guides["resources"]] == [
        "model-selection",
        "billing-confirmation",
        "polling",
        "media-upload",
    ]
