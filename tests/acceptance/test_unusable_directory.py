"""Directories of a running server that are removed or replaced: unavailable like a full disk, and repaired in place."""

import asyncio
from pathlib import Path

import httpx
import pytest

from cli.client.graphql_client import Client
from tests.support import sample_files
from tests.support.disk_documents import GENERATE, STATE, TIMEOUT
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

MADE = "{ generations(first: 2) { nodes { url } } }"
UNAVAILABLE = (503, "PROVIDER_UNAVAILABLE")


def code_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize("name", ["media", "."])
async def test_work_is_refused_and_accepted_work_completes_after_the_repair(name: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    directory, aside = data / name, tmp_path / "aside"
    with ServerProcess(data) as server:
        async with Client.open(server.url, server.key) as client, httpx.AsyncClient(base_url=server.url) as plain:
            headers = {"authorization": f"Bearer {server.key}"}
            await client.execute(GENERATE, {"text": "a cat", "wait": 30})
            accepted = (await client.execute(GENERATE, {"text": "a bird test:delay=2", "wait": 0}))["generate"]
            [_, made] = (await client.execute(MADE))["generations"]["nodes"]
            directory.resolve().rename(aside)
            directory.resolve().write_text("a file in place of the directory")

            body = {"query": GENERATE, "variables": {"text": "a bird", "wait": 0}}
            picture = sample_files.picture_bytes()
            responses = [
                await plain.get("/ready"),
                await plain.get(made["url"]),
                await plain.post("/graphql", json=body, headers=headers),
                await plain.post("/uploads", content=picture, headers={**headers, "content-type": "image/png"}),
            ]
            assert [code_of(response) for response in responses] == [UNAVAILABLE] * 4
            async with asyncio.timeout(TIMEOUT):
                while "job_postponed" not in server.log_file.read_text():
                    await plain.get("/health")
            assert "Traceback" not in server.log_file.read_text()

            directory.resolve().unlink()
            aside.rename(directory.resolve())
            assert (await plain.get("/ready")).status_code == 200
            states = [state async for state in client.subscribe(STATE, {"id": accepted["id"]}) if state is not None]
            assert states[-1]["generationUpdated"] == {"status": "COMPLETED", "error": None}
