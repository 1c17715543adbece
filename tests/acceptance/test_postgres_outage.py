"""A PostgreSQL that is stopped and started again below a running server."""

import asyncio
from pathlib import Path

import httpx
import pytest

from cli.client.graphql_client import Client
from tests.support.disk_documents import GENERATE, STATE, TIMEOUT
from tests.support.postgres import own_server
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio


async def test_the_server_lives_is_not_ready_and_goes_on_by_itself(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with own_server() as postgres, ServerProcess(data, database_url=postgres.get_uri()) as server:
        async with Client.open(server.url, server.key) as client, httpx.AsyncClient(base_url=server.url) as plain:
            accepted = (await client.execute(GENERATE, {"text": "a bird test:delay=2", "wait": 0}))["generate"]
            assert (await plain.get("/ready")).status_code == 200
            await asyncio.to_thread(postgres.stop)

            health, ready = await plain.get("/health"), await plain.get("/ready")
            body = {"query": GENERATE, "variables": {"text": "a bird", "wait": 0}}
            refused = await plain.post("/graphql", json=body, headers={"authorization": f"Bearer {server.key}"})
            assert (health.status_code, health.json()) == (200, {"status": "ok"})
            for response in (ready, refused):
                assert response.status_code == 503
                assert response.json()["errors"][0]["extensions"] == {"code": "PROVIDER_UNAVAILABLE", "retryable": True}

            await asyncio.to_thread(postgres.start)
            async with asyncio.timeout(TIMEOUT):
                while (await plain.get("/ready")).status_code != 200:
                    pass
            states = [state async for state in client.subscribe(STATE, {"id": accepted["id"]}) if state is not None]
            assert states[-1]["generationUpdated"] == {"status": "COMPLETED", "error": None}

    assert "Traceback" not in server.log_file.read_text()
