"""Processes that serve the API alone, and processes that run generations alone."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from media.file_references import pin
from media.repository import is_used
from server.roles.role import Role
from studio.packages import DISTRIBUTIONS
from tests.support.manual_clock import ManualClock
from tests.support.postgres_listening import TwoNodes
from tests.support.server_harness import PICTURE, open_server_harness
from tests.support.server_process import ROOT

pytestmark = pytest.mark.anyio

PROGRAM = """
import asyncio, sys
from pathlib import Path
from server.application import Application
from server.roles.role import Role
from server.settings import load_settings

async def start():
    application = Application(load_settings(data_directory=Path(sys.argv[1]), role=Role(sys.argv[2])))
    application.asgi()
    async with application.running():
        print(application.runtime.services.backends.live["local"].unavailable_because())

sys.modules.update(dict.fromkeys(sys.argv[3:]))  # as if they were not installed: an import raises ModuleNotFoundError
asyncio.run(start())
"""
FILE = f"{64 * '0'}.png"
STAGE = "query($id: ID!) { generation(id: $id) { status stage } }"


async def test_an_api_process_accepts_generations_and_runs_none(tmp_path: Path) -> None:
    async with open_server_harness(tmp_path / "data", role=Role.API) as harness:
        accepted = await harness.client.generate(**PICTURE)
        await harness.wait_until_idle()
        state = await harness.client.execute(STAGE, {"id": accepted["id"]})

        assert state["generation"] == {"status": "PROCESSING", "stage": "QUEUED"}
        assert not harness.upstream.tasks


async def test_what_an_api_process_accepted_is_run_by_a_worker(tmp_path: Path) -> None:
    async with open_server_harness(tmp_path / "data", role=Role.API) as harness:
        await harness.client.generate(**PICTURE)

    async with open_server_harness(tmp_path / "data", role=Role.WORKER) as harness:
        await harness.wait_until_idle()
        assert len(harness.upstream.tasks) == 1


async def test_the_start_of_a_worker_leaves_the_files_that_others_are_storing(
    two_nodes: TwoNodes, tmp_path: Path
) -> None:
    await pin(two_nodes.here, ManualClock(), FILE)

    async with open_server_harness(tmp_path / "data", settings={"DOITONG_DATABASE_URL": two_nodes.there_url}):
        is_pinned = await two_nodes.here.read(lambda connection: is_used(connection, FILE))

    assert is_pinned


async def test_a_worker_serves_its_health_and_no_api(tmp_path: Path) -> None:
    async with (
        open_server_harness(tmp_path / "data", role=Role.WORKER) as harness,
        httpx.AsyncClient(trust_env=False, base_url=harness.url) as http,
    ):
        answers = {path: await http.get(path) for path in ("/health", "/ready", "/graphql", "/media/x", "/")}

    assert {path: answer.status_code for path, answer in answers.items()} == {
        "/health": 200,
        "/ready": 200,
        "/graphql": 404,
        "/media/x": 404,
        "/": 404,
    }
    assert "this is a worker" in answers["/graphql"].json()["errors"][0]["message"]


@pytest.mark.parametrize(("role", "status"), [(Role.API, 200), (Role.ALL, 503), (Role.WORKER, 503)])
async def test_a_process_is_ready_while_it_takes_the_work_of_its_role(tmp_path: Path, role: Role, status: int) -> None:
    async with (
        open_server_harness(tmp_path / "data", role=role) as harness,
        httpx.AsyncClient(trust_env=False, base_url=harness.url) as http,
    ):
        before = await http.get("/ready")
        await harness.application.runtime.services.queue.close()
        after = await http.get("/ready")

    assert (before.status_code, after.status_code) == (200, status)
    if status == httpx.codes.SERVICE_UNAVAILABLE:
        assert after.json()["errors"][0]["extensions"] == {"code": "PROVIDER_UNAVAILABLE", "retryable": True}


@pytest.mark.parametrize(("role", "is_available"), [(Role.API, True), (Role.ALL, False)])
def test_an_api_process_needs_no_packages_of_the_studio(tmp_path: Path, role: Role, is_available: bool) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "data"), role.value, *DISTRIBUTIONS]
    started = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert started.returncode == 0, started.stderr
    assert (started.stdout.strip() == "None") is is_available
