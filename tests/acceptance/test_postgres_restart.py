"""PostgreSQL is restarted while API nodes accept and workers work: nothing is lost, and work goes on by itself."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.client.graphql_client import Client
from generations.execution.postgresql_queue import HEARTBEAT_TIMEOUT
from tests.emulators.app import EmulatedUpstreams
from tests.emulators.base import Scenario
from tests.support.gate import Gate
from tests.support.nodes import Nodes, end_of, picture
from tests.support.postgres import own_server
from tests.support.server_process import ServerProcess

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(400), pytest.mark.serial]

OLD, NEW = 20, 5  # generations
TIMEOUT = 200  # seconds
WORKERS = 2
RECOVERY = 2.0  # seconds from the return of PostgreSQL to the first new submission
GENERATE = "mutation ($input: GenerateInput!) { generate(input: $input) { id } }"
ACCOUNT = "{ account { credits { held } usage { running spent } } }"


async def test_nothing_is_lost_and_workers_take_new_work_within_two_seconds(
    upstreams: EmulatedUpstreams, tmp_path: Path
) -> None:
    [emulator] = [emulator for some in upstreams.emulators.values() for emulator in some]
    emulator.scenario, emulator.polls_when_slow = Scenario.SLOW, 10_000
    data = tmp_path / "data"
    data.mkdir()
    with own_server() as postgres, ExitStack() as stack:
        api, key, workers = await start_nodes(stack, data, postgres.get_uri(), upstreams)
        async with asyncio.timeout(TIMEOUT), Client.open(api.url, key) as client, open_http(api.url, key) as http:
            old = [str((await client.generate(**picture(number)))["id"]) for number in range(OLD)]
            while len(upstreams.purchases()) < OLD:
                await asyncio.sleep(0)
            await asyncio.to_thread(postgres.stop)

            refusals = [await generate(http, OLD + number) for number in range(NEW)]
            while (await status(workers[0].url)) != httpx.codes.SERVICE_UNAVAILABLE:
                await asyncio.sleep(0)
            await asyncio.to_thread(postgres.start)
            returned = time.monotonic()

            new = [await accepted(http, OLD + number) for number in range(NEW)]
            while len(upstreams.purchases()) < OLD + NEW:
                await asyncio.sleep(0)
            taken = time.monotonic() - returned
            emulator.polls_when_slow = 0
            ended = await asyncio.gather(*(end_of(client, one) for one in [*old, *new]))
            account = (await client.execute(ACCOUNT))["account"]
            ready = [await status(worker.url) for worker in workers]

    log = data.with_name("data.log").read_text()
    assert {refusal.status_code for refusal in refusals} == {httpx.codes.SERVICE_UNAVAILABLE}
    assert {code_of(refusal) for refusal in refusals} == {"PROVIDER_UNAVAILABLE"}
    assert {one["status"] for one in ended} == {"COMPLETED"}
    assert [purchase.count for purchase in upstreams.purchases()] == [1] * (OLD + NEW)
    assert account == {"credits": {"held": 0}, "usage": {"running": 0, "spent": sum_of(ended)}}
    assert ready == [httpx.codes.OK] * WORKERS
    assert "Traceback" not in log
    assert taken < RECOVERY


async def test_an_outage_after_which_workers_count_as_dead_buys_nothing_twice(
    gated_upstreams: tuple[EmulatedUpstreams, Gate], tmp_path: Path
) -> None:
    upstreams, gate = gated_upstreams
    data = tmp_path / "data"
    data.mkdir()
    with own_server() as postgres, ExitStack() as stack:
        api, key, workers = await start_nodes(stack, data, postgres.get_uri(), upstreams)
        async with asyncio.timeout(TIMEOUT), Client.open(api.url, key) as client:
            accepted = [str((await client.generate(**picture(number)))["id"]) for number in range(OLD)]
            while len(upstreams.purchases()) < OLD:
                await asyncio.sleep(0)
            gate.close()
            await gate.until_waiting(NEW)
            await asyncio.to_thread(postgres.stop)
            stopped = time.monotonic()
            while time.monotonic() - stopped < HEARTBEAT_TIMEOUT.total_seconds() + RECOVERY:
                await asyncio.gather(*(status(worker.url) for worker in workers))
            await asyncio.to_thread(postgres.start)
            while {await status(worker.url) for worker in workers} != {httpx.codes.OK}:
                await asyncio.sleep(0)
            gate.open()  # the responses reach the steps of before, whose entries any worker may have taken
            ended = await asyncio.gather(*(end_of(client, one) for one in accepted))
            account = (await client.execute(ACCOUNT))["account"]

    assert {one["status"] for one in ended} == {"COMPLETED"}
    assert [purchase.count for purchase in upstreams.purchases()] == [1] * OLD
    assert account == {"credits": {"held": 0}, "usage": {"running": 0, "spent": sum_of(ended)}}
    assert "Traceback" not in data.with_name("data.log").read_text()


async def start_nodes(
    stack: ExitStack, data: Path, database_url: str, upstreams: EmulatedUpstreams
) -> tuple[ServerProcess, str, list[ServerProcess]]:
    """Start an API node and the workers; return them with a key."""
    nodes = Nodes(stack, data, database_url, upstreams.settings())
    api = await nodes.start_api()
    key = await asyncio.to_thread(api.create_key)
    return api, key, [await nodes.start("worker") for _ in range(WORKERS)]


def open_http(url: str, key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {key}"}, trust_env=False)


async def generate(http: httpx.AsyncClient, number: int) -> httpx.Response:
    """Send a generation; one with the same number is the same."""
    body = {"query": GENERATE, "variables": {"input": {**picture(number), "idempotencyKey": f"order-{number}"}}}
    return await http.post("/graphql", json=body)


async def accepted(http: httpx.AsyncClient, number: int) -> str:
    """Send a generation until it is accepted, and return its ID."""
    while (response := await generate(http, number)).status_code == httpx.codes.SERVICE_UNAVAILABLE:
        await asyncio.sleep(0)
    return str(response.json()["data"]["generate"]["id"])


def code_of(refusal: httpx.Response) -> Any:
    return refusal.json()["errors"][0]["extensions"]["code"]


def sum_of(ended: Sequence[dict[str, Any]]) -> int:
    return sum(one["creditCost"] for one in ended)


async def status(url: str) -> int:
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.get(f"{url}/ready")).status_code
