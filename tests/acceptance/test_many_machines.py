"""Two API nodes and three workers on one PostgreSQL, of which some are killed: nothing is lost or bought twice."""

import asyncio
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

import orjson
import pytest

from cli.client.graphql_client import Client
from tests.emulators.app import EmulatedUpstreams
from tests.support.cluster import Cluster, Traffic
from tests.support.nodes import Nodes
from tests.support.postgres import PostgresDatabases
from tests.support.server_process import CREDITS
from tests.support.webhook_receivers import WebhookReceiver

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(400)]

GENERATIONS = 200
WORKERS = 3
WORKER_KILLS = 3
LOST_BY_A_KILL = 3
"""Submissions at most whose response a killed worker was waiting for. This upstream cannot look them up."""
TIMEOUT = 300  # seconds
ACCOUNT = "{ account { credits { available held } usage { running spent } } }"


async def test_killed_nodes_lose_nothing_and_buy_nothing_twice(
    upstreams: EmulatedUpstreams,
    postgres_databases: PostgresDatabases,
    webhook_receiver: WebhookReceiver,
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with ExitStack() as stack:
        nodes = Nodes(stack, data, postgres_databases.create(), upstreams.settings())
        cluster = await Cluster.start(nodes, workers=WORKERS)
        key = await asyncio.to_thread(cluster.apis[0].create_key)
        async with (
            asyncio.timeout(TIMEOUT),
            Traffic.open(cluster, key, webhook_url=webhook_receiver.url) as traffic,
        ):
            await submit_while_nodes_are_killed(cluster, traffic)
            await traffic.until_ended()
            webhooks = await webhook_ids(webhook_receiver)
        async with Client.open(cluster.apis[0].url, key) as client:
            account = (await client.execute(ACCOUNT))["account"]

    ended, bought = list(traffic.states.values()), upstreams.purchases()
    assert len(ended) == len(set(traffic.accepted)) == GENERATIONS
    assert {one["status"] for one in ended} <= {"COMPLETED", "FAILED"}
    completed = [one for one in ended if one["status"] == "COMPLETED"]
    assert len(completed) >= GENERATIONS - WORKER_KILLS * LOST_BY_A_KILL
    assert all(purchase.count == 1 for purchase in bought)
    assert len(completed) <= len({purchase.id for purchase in bought}) <= GENERATIONS
    assert len({repr(purchase.request) for purchase in bought}) == len(bought)
    assert {len(ids) for ids in webhooks.values()} == {1}
    spent = sum(one["creditCost"] for one in completed)
    assert account["credits"] == {"available": int(CREDITS) - spent, "held": 0}
    assert account["usage"] == {"running": 0, "spent": spent}


async def submit_while_nodes_are_killed(cluster: Cluster, traffic: Traffic) -> None:
    """Submit all generations; kill a worker after each part of them, and an API node while it is being asked."""
    part = GENERATIONS // WORKER_KILLS
    for kill in range(WORKER_KILLS):
        last = kill == WORKER_KILLS - 1
        numbers = range(kill * part, GENERATIONS if last else (kill + 1) * part)
        async with asyncio.TaskGroup() as submitting:
            for number in numbers:
                submitting.create_task(traffic.submit(number))
            if last:
                submitting.create_task(cluster.replace_api(1))
        await cluster.replace_worker(kill)


async def webhook_ids(receiver: WebhookReceiver) -> dict[str, set[str]]:
    """Return the ids of the webhooks of each generation, after all have arrived.

    The attempts of a killed worker are repeated when their leases expire, after a minute.
    """
    ids = defaultdict[str, set[str]](set)
    while len(ids) < GENERATIONS:
        headers, body = await receiver.requests.get()
        ids[orjson.loads(body)["id"]].add(headers["webhook-id"])
    return ids
