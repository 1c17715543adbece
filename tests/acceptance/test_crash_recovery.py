"""kill -9 in the middle of ten generations: all ten end, none twice, and the credits agree."""

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


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_ten_generations_survive_kill_9(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = None if kind == "sqlite" else request.getfixturevalue("postgres_databases").create()
    directory = tmp_path / "data"
    directory.mkdir()
    with ServerProcess(directory, database_url=url) as first:
        async with Client.open(first.url, first.key) as client:
            granted = (await client.execute(LEDGER))["account"]["credits"]["available"]
            accepted = await asyncio.gather(*(accept(client, number) for number in range(COUNT)))
            await first_stage(client, accepted[0], "RUNNING")
        first.kill()

    with ServerProcess(directory, database_url=url) as second:
        assert second.key == first.key
        async with Client.open(second.url, second.key) as client:
            ends = await asyncio.gather(*(end_of(client, generation_id) for generation_id in accepted))
            books = await client.execute(LEDGER)
            assert [end["status"] for end in ends] == ["COMPLETED"] * COUNT
            for end in ends:
                assert end["outputs"]
        assert second.stop() == 0

    made = books["generations"]["nodes"]
    assert {generation["id"] for generation in made} == set(accepted)
    cost = sum(generation["creditCost"] for generation in made)
    account = books["account"]
    assert account["credits"] == {"available": granted - cost, "held": 0}
    assert account["usage"] == {"running": 0, "spent": cost}
    kinds = [(line["generationId"], line["kind"]) for line in account["transactions"]["nodes"]]
    for generation_id in accepted:
        assert kinds.count((generation_id, "HOLD")) == kinds.count((generation_id, "CAPTURE")) == 1
        assert (generation_id, "RELEASE") not in kinds


async def accept(client: Client, number: int) -> str:
    """Some are still waiting at the kill, some are at work, and some may have ended."""
    generation = await client.generate(
        type="IMAGE",
        provider="flux-pro",
        input={"text": f"a fox number {number} test:delay={number * 0.2:.1f}"},
        options={"width": 256, "height": 256, "seed": number},
    )
    return str(generation["id"])


async def first_stage(client: Client, generation_id: str, stage: str) -> None:
    async for state in client.follow(generation_id):
        if state["stage"] in (stage, "STORING", "DONE"):
            return


async def end_of(client: Client, generation_id: str) -> dict[str, object]:
    return [state async for state in client.follow(generation_id)][-1]
