"""Subscriptions to a server process, and the memory of a thousand waiting generations."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from cli.client.graphql_client import Client
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

SPEECH = {"type": "AUDIO", "provider": "elevenlabs", "input": {"text": "One two three. test:delay=0.3"}}
STAGES = ["QUEUED", "SUBMITTED", "RUNNING", "STORING", "DONE"]


async def stages(client: Client, generation_id: str) -> list[str]:
    return list(dict.fromkeys([state["stage"] async for state in client.follow(generation_id)]))


async def test_a_subscription_starts_with_the_current_state_and_completes(client: Client) -> None:
    accepted = await client.generate(**SPEECH)
    subscribed_before = asyncio.create_task(stages(client, accepted["id"]))
    during: list[str] = []
    async for state in client.follow(accepted["id"]):
        if state["stage"] == "RUNNING":
            during = await stages(client, accepted["id"])
            break
    after = await stages(client, accepted["id"])

    seen = await subscribed_before
    assert seen == STAGES[STAGES.index(seen[0]) :]
    assert during[0] == "RUNNING"
    assert during[-1] == "DONE"
    assert after == ["DONE"]


async def test_server_sent_events_have_every_version_and_complete(server: ServerProcess, client: Client) -> None:
    accepted = await client.generate(**SPEECH)
    body = {
        "query": "subscription ($id: ID!) { generationUpdated(id: $id) { stage version } }",
        "variables": {"id": accepted["id"]},
    }
    headers = {"authorization": f"Bearer {server.key}", "accept": "text/event-stream"}
    states = []
    async with (
        httpx.AsyncClient(trust_env=False, timeout=30) as http,
        http.stream("POST", f"{server.url}/graphql", json=body, headers=headers) as response,
    ):
        lines = [line async for line in response.aiter_lines()]
    for line in lines:
        if line.startswith("data: {"):
            states.append(json.loads(line.removeprefix("data: "))["data"]["generationUpdated"])

    assert response.headers["content-type"].startswith("text/event-stream")
    assert [state["version"] for state in states] == sorted({state["version"] for state in states})
    assert states[-1]["stage"] == "DONE"
    assert "event: complete" in lines


async def test_all_generations_of_the_account_can_be_followed(server: ServerProcess, client: Client) -> None:
    body = {"query": "subscription { generationsUpdated { id stage } }"}
    headers = {"authorization": f"Bearer {server.key}", "accept": "text/event-stream"}
    seen: list[str] = []
    async with (
        httpx.AsyncClient(trust_env=False, timeout=30) as http,
        http.stream("POST", f"{server.url}/graphql", json=body, headers=headers) as response,
    ):
        accepted = await client.generate(**SPEECH)
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                state = json.loads(line.removeprefix("data: "))["data"]["generationsUpdated"]
                if state["id"] == accepted["id"]:
                    seen.append(state["stage"])
                    if state["stage"] == "DONE":
                        break

    assert list(dict.fromkeys(seen)) == STAGES


async def test_a_thousand_waiting_generations_take_under_100_megabytes_and_no_threads(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    with ServerProcess(directory) as server:
        async with Client.open(server.url, server.key) as client:
            image = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "a fox test:hang"}}
            await client.generate(**image)
            memory, threads = server.memory(), server.threads()
            for _ in range(20):
                await asyncio.gather(*(client.generate(**image) for _ in range(50)))
            running = (await client.execute("{ account { usage { running } } }"))["account"]["usage"]["running"]

            assert running == 1001
            assert server.memory() - memory < 100_000_000
            assert server.threads() <= threads + 2
