"""Workers that hang or are stopped while their generations wait: others go on, nothing is lost or bought twice."""

import asyncio
import os
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from cli.client.graphql_client import Client
from tests.emulators.app import EmulatedUpstreams
from tests.support.gate import Gate
from tests.support.nodes import Nodes, end_of, picture
from tests.support.postgres import PostgresDatabases

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(400)]

GENERATIONS = 20
POLLS = 5
"""Requests that a worker waits for when it is stopped."""
TIMEOUT = 200  # seconds
REFUSED = "step_superseded"
ACCOUNT = "{ account { credits { held } usage { running spent } } }"


async def test_late_writes_of_a_worker_that_was_stopped_are_refused(
    gated_upstreams: tuple[EmulatedUpstreams, Gate], postgres_databases: PostgresDatabases, tmp_path: Path
) -> None:
    upstreams, gate = gated_upstreams
    data, database_url = tmp_path / "data", postgres_databases.create()
    data.mkdir()
    with ExitStack() as stack:
        nodes = Nodes(stack, data, database_url, upstreams.settings())
        api = await nodes.start_api()
        key = await asyncio.to_thread(api.create_key)
        stopped = await nodes.start("worker")
        async with asyncio.timeout(TIMEOUT), Client.open(api.url, key) as client:
            accepted = await submitted(client, upstreams)
            gate.close()
            await gate.until_waiting(POLLS)
            os.kill(stopped.process_id, signal.SIGSTOP)
            gate.open()  # the responses wait in the sockets of the stopped process
            try:
                await nodes.start("worker")
                ended = await asyncio.gather(*(end_of(client, one) for one in accepted))
            finally:
                os.kill(stopped.process_id, signal.SIGCONT)
            while log_of(data).count(REFUSED) < POLLS:
                await asyncio.sleep(0)
            account = (await client.execute(ACCOUNT))["account"]
            while await entries_of(database_url):  # entries are deleted just after the end of their generation
                await asyncio.sleep(0)

    assert {one["status"] for one in ended} == {"COMPLETED"}
    assert [purchase.count for purchase in upstreams.purchases()] == [1] * GENERATIONS
    assert "Traceback" not in log_of(data)
    spent = sum(one["creditCost"] for one in ended)
    assert account == {"credits": {"held": 0}, "usage": {"running": 0, "spent": spent}}


async def test_what_a_worker_gives_back_at_its_end_is_taken_up_at_once(
    gated_upstreams: tuple[EmulatedUpstreams, Gate], postgres_databases: PostgresDatabases, tmp_path: Path
) -> None:
    upstreams, _ = gated_upstreams
    for [emulator] in upstreams.emulators.values():
        emulator.polls_when_slow = 20
    data, database_url = tmp_path / "data", postgres_databases.create()
    data.mkdir()
    with ExitStack() as stack:
        nodes = Nodes(stack, data, database_url, upstreams.settings())
        api = await nodes.start_api()
        key = await asyncio.to_thread(api.create_key)
        ending = await nodes.start("worker")
        async with asyncio.timeout(TIMEOUT), Client.open(api.url, key) as client:
            accepted = await submitted(client, upstreams)
            await nodes.start("worker")
            assert await asyncio.to_thread(ending.stop) == 0
            for [emulator] in upstreams.emulators.values():
                emulator.polls_when_slow = 0
            ended = await asyncio.gather(*(end_of(client, one) for one in accepted))

    assert {one["status"] for one in ended} == {"COMPLETED"}
    assert [purchase.count for purchase in upstreams.purchases()] == [1] * GENERATIONS
    assert "Traceback" not in log_of(data)


async def submitted(client: Client, upstreams: EmulatedUpstreams) -> list[str]:
    """Return the ids of generations that the upstream has taken."""
    accepted = [str((await client.generate(**picture(number)))["id"]) for number in range(GENERATIONS)]
    while len(upstreams.purchases()) < GENERATIONS:
        await asyncio.sleep(0)
    return accepted


def log_of(data: Path) -> str:
    """Return the log of all processes of the data directory."""
    return data.with_name(f"{data.name}.log").read_text()


async def entries_of(database_url: str) -> Any:
    connection = await asyncpg.connect(database_url)
    try:
        return await connection.fetchval("SELECT count(*) FROM doitong_queue")
    finally:
        await connection.close()
