"""API processes and workers on one PostgreSQL, as processes."""

import asyncio
import os
import signal
import subprocess
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.client.graphql_client import Client
from tests.support.postgres import PostgresDatabases
from tests.support.scrape import scrape
from tests.support.server_process import COMMAND, ROOT, ServerProcess

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(400)]

COUNT = 4
TIMEOUT = 300  # seconds
PLAN = "{ account { plan } }"
KEYS = "{ account { keys(first: 1) { nodes { id } } } }"
REVOKE = "mutation ($id: ID!) { revokeKey(id: $id) }"
LEDGER = "{ account { credits { held } usage { running } transactions(first: 100) { nodes { kind generationId } } } }"


async def test_two_workers_run_what_an_api_process_accepts(tmp_path: Path, new_database: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with ExitStack() as stack:
        api = stack.enter_context(ServerProcess(data, database_url=new_database, options=("--role", "api")))
        workers = [
            stack.enter_context(
                ServerProcess(
                    data,
                    database_url=new_database,
                    options=("--role", "worker"),
                    settings={"DOITONG_BASE_URL": api.url, "DOITONG_RENDER_WORKERS": "1"},
                )
            )
            for _ in range(2)
        ]
        before = api.children()
        async with asyncio.timeout(TIMEOUT), Client.open(api.url, api.key) as client:
            accepted = await asyncio.gather(*(picture(client, number) for number in range(COUNT)))
            ends = await asyncio.gather(*(end_of(client, one["id"]) for one in accepted))
            account = (await client.execute(LEDGER))["account"]
        at_api, *at_workers = [await scrape(one.url) for one in (api, *workers)]
        ready = [await status(f"{worker.url}/ready") for worker in workers]
        rendered_by_api = api.children() - before

    assert [end["status"] for end in ends] == ["COMPLETED"] * COUNT
    assert ready == [200, 200]
    assert not rendered_by_api
    assert at_api.value("doitong_generations_accepted_total") == COUNT
    assert at_api.value("doitong_generations_ended_total") == 0
    assert sum(one.value("doitong_generations_ended_total", status="COMPLETED") for one in at_workers) == COUNT
    assert all(one.value("doitong_info", role="worker") == 1 for one in at_workers)
    assert account["credits"]["held"] == account["usage"]["running"] == 0
    kinds = [(line["generationId"], line["kind"]) for line in account["transactions"]["nodes"]]
    assert all(kinds.count((one["id"], "CAPTURE")) == 1 for one in accepted)


async def test_processes_that_share_a_port_replace_one_that_is_killed(tmp_path: Path, new_database: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with ServerProcess(data, database_url=new_database, options=("--role", "api", "--workers", "2")) as server:
        first = server.children()
        os.kill(min(first), signal.SIGKILL)
        async with asyncio.timeout(TIMEOUT):
            while len(server.children() - first) != 1 or min(first) in server.children():
                with suppress(httpx.TransportError):  # a connection to the process that was killed
                    assert await status(f"{server.url}/health") == httpx.codes.OK
            assert await status(f"{server.url}/health") == httpx.codes.OK
        children = server.children()
        assert server.stop() == 0

    assert len(first) == len(children) == 2
    assert not children & set(map(int, filter(str.isdecimal, os.listdir("/proc"))))


async def test_the_metrics_of_processes_that_share_a_port_have_their_numbers(tmp_path: Path, new_database: str) -> None:
    with ServerProcess(tmp_path, database_url=new_database, options=("--role", "api", "--workers", "2")) as server:
        numbers: set[str] = set()
        async with asyncio.timeout(TIMEOUT):
            while len(numbers) < 2:
                samples = (await scrape(server.url)).samples
                of_one = {dict(labels)["process"] for _, labels in samples}
                assert len(of_one) == 1
                numbers |= of_one

    assert numbers == {"1", "2"}


async def test_four_development_servers_that_start_at_once_all_live(tmp_path: Path, new_database: str) -> None:
    data = tmp_path / "data"
    data.mkdir()

    started = await asyncio.gather(
        *(asyncio.to_thread(ServerProcess, data, database_url=new_database) for _ in range(4))
    )

    with ExitStack() as stack:
        servers = [stack.enter_context(server) for server in started]
        answers = [await status(f"{server.url}/ready") for server in servers]
        nodes = {lock.stem for lock in (data / "nodes").glob("*.lock")}
    assert answers == [200] * 4
    assert len({server.key for server in servers}) == 1
    assert len(nodes) == 4


@pytest.mark.serial
async def test_a_key_that_one_node_revokes_is_refused_at_the_others_within_a_second(
    tmp_path: Path, new_database: str
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with ExitStack() as stack:
        nodes = [
            stack.enter_context(ServerProcess(data, database_url=new_database, options=("--role", "api")))
            for _ in range(2)
        ]
        async with httpx.AsyncClient(trust_env=False) as http:
            [key] = (await ask(http, nodes[0], KEYS))["data"]["account"]["keys"]["nodes"]
            before = [await ask(http, node, PLAN) for node in nodes]
            assert "errors" not in await ask(http, nodes[0], REVOKE, id=key["id"])
            revoked = time.monotonic()
            async with asyncio.timeout(TIMEOUT):
                while "errors" not in (refused := await ask(http, nodes[1], PLAN)):
                    pass
            delay = time.monotonic() - revoked

    assert all("errors" not in answer for answer in before)
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert delay < 1


async def ask(http: httpx.AsyncClient, node: ServerProcess, query: str, **variables: object) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {node.key}"}
    response = await http.post(f"{node.url}/graphql", json={"query": query, "variables": variables}, headers=headers)
    answer: dict[str, Any] = response.json()
    return answer


def test_a_server_with_other_media_is_refused(tmp_path: Path, new_database: str) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with ServerProcess(first, database_url=new_database):
        refused = serve(second, new_database)

    assert refused.returncode == 1
    assert f"{second / 'media'} is not the directory in which other servers of this database store" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_worker_without_a_public_url_is_refused(tmp_path: Path, new_database: str) -> None:
    refused = serve(tmp_path / "data", new_database, "--role", "worker")

    assert refused.returncode == 1
    assert "--role worker needs DOITONG_BASE_URL" in refused.stderr
    assert "Traceback" not in refused.stderr


def serve(data: Path, database_url: str, *options: str) -> "subprocess.CompletedProcess[str]":
    """Run a server that is refused."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DOITONG_DATABASE_URL": database_url}
    return subprocess.run(
        [*COMMAND, "serve", "--port", "0", "--data-dir", str(data), *options],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
    )


async def status(url: str) -> int:
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.get(url)).status_code


async def picture(client: Client, number: int) -> dict[str, Any]:
    return await client.generate(
        type="IMAGE", provider="flux-pro", input={"text": f"a fox {number}"}, options={"width": 256, "height": 256}
    )


async def end_of(client: Client, generation_id: str) -> dict[str, Any]:
    return [state async for state in client.follow(generation_id)][-1]


@pytest.fixture
def new_database(postgres_databases: PostgresDatabases) -> str:
    return postgres_databases.create()
