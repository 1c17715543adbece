"""Client commands with a URL at which another server answers: one sentence instead of a traceback."""

import asyncio
import sys

import pytest

from tests.support.raw_http_server import serving
from tests.support.server_process import ROOT

pytestmark = pytest.mark.anyio

TIMEOUT = 30  # seconds
COMMANDS = {"generate": ["fox"], "listen": ["--forward", "http://127.0.0.1:1/"]}
NOT_JSON = b"<html>nothing here</html>"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("status", "body"), [("404 Not Found", NOT_JSON), ("200 OK", NOT_JSON), ("200 OK", b"[1]"), ("502 Bad", NOT_JSON)]
)
async def test_an_answer_of_another_server_is_named(command: str, status: str, body: bytes) -> None:
    if command == "listen" and status.startswith("5"):
        pytest.skip("listen tries again")

    async def answer(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 %s\r\ncontent-length: %d\r\n\r\n%s" % (status.encode(), len(body), body))
        await writer.drain()

    async with serving(answer) as web, asyncio.timeout(TIMEOUT):
        url = f"http://127.0.0.1:{web.port}"
        arguments = [command, *COMMANDS[command], "--key", "sk_test_x", "--url", f" {url} "]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cli", *arguments),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        _, stderr = await process.communicate()

    text = " ".join(stderr.decode().split())
    assert process.returncode == 1
    assert f"{url}/graphql returned status {status[:3]} and no response of this API" in text
    assert ("path prefix" in text) == (not status.startswith("5"))
    assert "Traceback" not in text
