"""Two API nodes and three workers on one PostgreSQL, of which some are killed: nothing is lost or bought twice."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest

from cli.client.graphql_client import Client
from tests.emulators.app import EmulatedUpstreams
from tests.support.nodes import Nodes, end_of, picture
from tests.support.postgres import PostgresDatabases
from tests.support.server_process import CREDITS

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(400)]

GENERATIONS = 60
WORKERS = 3
KILLS = 3
TIMEOUT = 300  # seconds
ACCOUNT = "{ account { credits { available held } usage { running spent } } }"


async def test_killed_workers_lose_nothing_and_buy_nothing_twice(
    upstreams: EmulatedUpstreams, postgres_databases: PostgresDatabases, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with ExitStack() as stack:
        nodes = Nodes(stack, data, postgres_databases.create(), upstreams)
        first, second = await nodes.start_api(), await nodes.start("api")
        workers = [await nodes.start("worker") for _ in range(WORKERS)]
        key = await asyncio.to_thread(first.create_key)
        async with (
            asyncio.timeout(TIMEOUT),
            Client.open(first.url, key) as one,
            Client.open(second.url, key) as other,
            asyncio.TaskGroup() as following,
        ):
            ends = []
            for number in range(GENERATIONS):
                submitter, follower = (one, other) if number % 2 else (other, one)
                accepted = await submitter.generate(**picture(number))
                ends.append(following.create_task(end_of(follower, str(accepted["id"]))))
                if number % (GENERATIONS // KILLS) == GENERATIONS // KILLS - 1:
                    workers.pop(0).kill()
                    workers.append(await nodes.start("worker"))
        async with Client.open(first.url, key) as client:
            account = (await client.execute(ACCOUNT))["account"]

    ended = [end.result() for end in ends]
    bought = upstreams.purchases()
    assert {one["status"] for one in ended} <= {"COMPLETED", "FAILED"}
    completed = [one for one in ended if one["status"] == "COMPLETED"]
    assert len(completed) >= GENERATIONS - KILLS * 3
    assert all(purchase.count == 1 for purchase in bought)
    assert len(completed) <= len({purchase.id for purchase in bought}) <= GENERATIONS
    assert len({repr(purchase.request) for purchase in bought}) == len(bought)
    spent = sum(one["creditCost"] for one in completed)
    assert account["credits"] == {"available": int(CREDITS) - spent, "held": 0}
    assert account["usage"] == {"running": 0, "spent": spent}
