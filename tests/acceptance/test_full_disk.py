"""A full disk: new work is refused, accepted work goes on once there is space."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cli.client.graphql_client import Client
from tests.support.disk_documents import GENERATE, STATE, TIMEOUT
from tests.support.server_process import COMMAND, ROOT, ServerProcess

pytestmark = pytest.mark.anyio

MEGABYTE = 1_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 40 MB."""
    directory = tmp_path / "small"
    directory.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(directory)], check=False)
    if mounted.returncode != 0:
        pytest.skip("file systems cannot be mounted here")
    yield directory
    subprocess.run(["umount", "--lazy", str(directory)], check=True)


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as stream:
        try:
            while stream.write(bytes(MEGABYTE)):
                pass
        except OSError:
            return


async def test_new_work_is_refused_and_accepted_work_completes_later(small_disk: Path) -> None:
    with ServerProcess(small_disk) as server:
        async with Client.open(server.url, server.key) as client, httpx.AsyncClient(base_url=server.url) as plain:
            accepted = await client.execute(GENERATE, {"text": "a bird test:delay=4", "wait": 0})
            fill(small_disk / "fill")

            response = await plain.post(
                "/graphql",
                json={"query": GENERATE, "variables": {"text": "a bird", "wait": 0}},
                headers={"authorization": f"Bearer {server.key}"},
            )
            assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (
                503,
                "PROVIDER_UNAVAILABLE",
            )
            assert (await plain.get("/ready")).status_code == 503
            assert (await plain.get("/health")).status_code == 200
            async with asyncio.timeout(TIMEOUT):
                while "job_postponed" not in server.log_file.read_text():
                    await plain.get("/health")

            (small_disk / "fill").unlink()
            assert (await plain.get("/ready")).status_code == 200
            identifier = accepted["generate"]["id"]
            states = [state async for state in client.subscribe(STATE, {"id": identifier}) if state is not None]
            assert states[-1]["generationUpdated"] == {"status": "COMPLETED", "error": None}


def test_a_command_says_that_the_disk_is_full(small_disk: Path) -> None:
    with ServerProcess(small_disk):
        pass
    fill(small_disk / "fill")

    command = [*COMMAND, "keys", "create", "x", "--data-dir", str(small_disk)]
    created = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=60, check=False)

    assert created.returncode != 0
    assert "disk is full" in created.stderr
    assert "new work" not in created.stderr
