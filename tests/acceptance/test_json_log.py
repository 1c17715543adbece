"""What `doitong serve` prints as a service, with `DOITONG_LOG_FORMAT=json`: both of its streams end in one log."""

import asyncio
import json
import os
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cli.client.graphql_client import Client
from tests.support.log_secrecy import secrets_in, secrets_of_server
from tests.support.server_process import COMMAND, ROOT

pytestmark = pytest.mark.anyio

TIMEOUT = 60  # seconds
GENERATE = """mutation {
  generate(wait: 50, input: { type: IMAGE, provider: "flux-pro", input: { text: "a bird in a tree" } }) { status }
}"""


@asynccontextmanager
async def serving(directory: Path, **settings: str) -> AsyncIterator[Process]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DOITONG_LOG_FORMAT": "json", **settings}
    arguments = ["serve", "--port", "0", "--data-dir", str(directory / "data")]
    process = await asyncio.create_subprocess_exec(
        *COMMAND, *arguments, cwd=directory, env=environment, stdout=PIPE, stderr=STDOUT
    )
    try:
        async with asyncio.timeout(TIMEOUT):
            yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def rest_of(process: Process) -> list[dict[str, Any]]:
    assert process.stdout is not None
    return [json.loads(line) for line in (await process.stdout.read()).splitlines()]


async def test_every_line_of_a_server_is_json(tmp_path: Path) -> None:
    created = await asyncio.create_subprocess_exec(
        *(*COMMAND, "keys", "create", "shop", "--test", "--credits", "1000", "--data-dir", str(tmp_path / "data")),
        cwd=ROOT,
        stdout=PIPE,
    )
    key = (await created.communicate())[0].decode().strip()
    events: list[dict[str, Any]] = []
    async with serving(tmp_path, DOITONG_PROT="5") as process:
        assert process.stdout is not None
        while not events or events[-1]["event"] != "server_ready":
            events.append(json.loads(await process.stdout.readline()))
        async with Client.open(events[-1]["url"], key) as client:
            assert (await client.execute(GENERATE))["generate"] == {"status": "COMPLETED"}
        process.terminate()
        events += await rest_of(process)

    assert not secrets_in(json.dumps(events), secrets_of_server(os.environ, tmp_path / "data"))
    names = [event["event"] for event in events]
    assert names[:3] == ["setting_ignored", "server_starting", "server_ready"]
    assert "DOITONG_PORT" in events[0]["reason"]
    assert "generation_ended" in names
    assert names[-1] == "server_stopped"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("DOITONG_DATABASE_URL", "mysql://x/y", "mysql"),
        ("DOITONG_BASE_URL", "nonsense", "DOITONG_BASE_URL is 'nonsense'"),
        ("DOITONG_HOST", "192.0.2.1", "192.0.2.1"),
    ],
)
async def test_a_failure_to_start_is_json_too(name: str, value: str, reason: str, tmp_path: Path) -> None:
    async with serving(tmp_path, **{name: value}) as process:
        events = await rest_of(process)
        assert await process.wait() != 0

    assert any(reason in str(event) for event in events if event["level"] in ("error", "critical"))
