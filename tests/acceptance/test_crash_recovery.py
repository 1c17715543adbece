"""SIGKILL during ten generations: all complete once after a restart, and the ledger balances; SIGTERM fails none."""

import asyncio
from pathlib import Path

import pytest

from cli.client.graphql_client import Client
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

COUNT = 10
LEDGER = """{
  account { credits { available held } usage { running spent }
    transactions(first: 100) { nodes { kind amount generationId availableAfter heldAfter } } }
  generations(first: 100) { nodes { id status creditCost outputs { url bytes sha256 } } }
}"""


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_ten_generations_survive_sigkill(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = None if database == "sqlite" else request.getfixturevalue("postgres_databases").create()
    directory = tmp_path / "data"
    directory.mkdir()
    with ServerProcess(directory, database_url=url) as first:
        async with Client.open(first.url, first.key) as client:
            initial_credits = (await client.execute(LEDGER))["account"]["credits"]["available"]
            generation_ids = await asyncio.gather(*(submit(client, number) for number in range(COUNT)))
            await wait_for_stage(client, generation_ids[0], "RUNNING")
        first.kill()

    with ServerProcess(directory, database_url=url) as second:
        assert second.key == first.key
        async with Client.open(second.url, second.key) as client:
            final_states = await asyncio.gather(
                *(final_state(client, generation_id) for generation_id in generation_ids)
            )
            state = await client.execute(LEDGER)
            assert [final["status"] for final in final_states] == ["COMPLETED"] * COUNT
            for final in final_states:
                assert final["outputs"]
        assert second.stop() == 0

    generations = state["generations"]["nodes"]
    assert {generation["id"] for generation in generations} == set(generation_ids)
    cost = sum(generation["creditCost"] for generation in generations)
    account = state["account"]
    assert account["credits"] == {"available": initial_credits - cost, "held": 0}
    assert account["usage"] == {"running": 0, "spent": cost}
    kinds = [(line["generationId"], line["kind"]) for line in account["transactions"]["nodes"]]
    for generation_id in generation_ids:
        assert kinds.count((generation_id, "HOLD")) == kinds.count((generation_id, "CAPTURE")) == 1
        assert (generation_id, "RELEASE") not in kinds


async def test_a_stop_of_every_process_of_the_server_fails_no_generation(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    with ServerProcess(directory) as first:
        async with Client.open(first.url, first.key) as client:
            video = {"type": "VIDEO", "provider": "wan", "input": {"text": "a fox"}}
            generation_id = str((await client.generate(**video))["id"])
            await wait_for_progress(client, generation_id)
        assert first.stop_with_children() == 0

    with ServerProcess(directory) as second:
        async with Client.open(second.url, second.key) as client:
            assert (await final_state(client, generation_id))["status"] == "COMPLETED"


async def submit(client: Client, number: int) -> str:
    """Submit a generation with a delay that grows with `number`, so that the stages differ at the kill."""
    generation = await client.generate(
        type="IMAGE",
        provider="flux-pro",
        input={"text": f"a fox number {number} test:delay={number * 0.2:.1f}"},
        options={"width": 256, "height": 256, "seed": number},
    )
    return str(generation["id"])


async def wait_for_stage(client: Client, generation_id: str, stage: str) -> None:
    async for state in client.follow(generation_id):
        if state["stage"] in (stage, "STORING", "DONE"):
            return


async def wait_for_progress(client: Client, generation_id: str) -> None:
    """Wait until a worker renders the generation."""
    async for state in client.follow(generation_id):
        assert state["stage"] != "DONE"
        if state["stage"] == "RUNNING" and state["progress"] > 0:
            return


async def final_state(client: Client, generation_id: str) -> dict[str, object]:
    return [state async for state in client.follow(generation_id)][-1]
