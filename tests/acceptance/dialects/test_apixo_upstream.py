"""Two servers: one is the APIXO of the other, end to end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.client.graphql_client import Client
from tests.support import sample_files
from tests.support.cli_process import create_key
from tests.support.ledger_invariants import check_all_settled, check_ledger
from tests.support.server_harness import ServerHarness, open_server_harness
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

ROUTES = """
id = "seedream-4-5"

[common.apixo]
needs_links = true
templates = { size = "{width}x{height}" }
[common.apixo.fields]
text = "prompt"
n = "max_images"
seed = "seed"
image = "image_urls"
images = "image_urls"

[[routes]]
backend = "apixo"
model = "seedream-4-5"
modes = ["text-to-image"]
constants = { mode = "text-to-image" }

[[routes]]
backend = "apixo"
model = "seedream-4-5"
modes = ["image-to-image", "reference-to-image"]
constants = { mode = "image-to-image" }
"""
POLL = 15  # seconds, the longest interval of polls
MAX_POLLS = 40
STATE = """query ($id: ID!) { generation(id: $id) {
  status stage url outputs { url } creditCost error { code message } metadata { backend }
} }"""
LATEST = "{ generations(first: 1) { nodes { id status input options creditCost } } }"
DELIVERIES = "{ account { webhookDeliveries(first: 5) { nodes { status body } } } }"


@dataclass(frozen=True, slots=True)
class TwoServers:
    """`seller` is the upstream of `reseller`, which has an account there."""

    reseller: ServerHarness
    seller: Client

    async def sold(self) -> dict[str, Any] | None:
        """Return what the reseller bought last."""
        nodes: list[dict[str, Any]] = (await self.seller.execute(LATEST))["generations"]["nodes"]
        return nodes[0] if nodes else None

    async def run(self, **request: Any) -> dict[str, Any]:
        """Run a generation of the reseller's customer to its end."""
        accepted = await self.reseller.client.generate(type="IMAGE", provider="seedream-4-5", **request)
        await self.reseller.wait_until_idle()
        sold = await self.sold()
        if sold is not None:
            async for _ in self.seller.follow(sold["id"]):
                pass
        for _ in range(MAX_POLLS):
            state: dict[str, Any] = (await self.reseller.client.execute(STATE, {"id": accepted["id"]}))["generation"]
            if state["stage"] == "DONE":
                return state
            self.reseller.clock.move(POLL)
            await self.reseller.wait_until_idle()
        raise AssertionError(f"the generation does not end: {state}")


@asynccontextmanager
async def two_servers(
    seller: ServerProcess, key: str, directory: Path, *, entry: str | None = ROUTES
) -> AsyncIterator[TwoServers]:
    """Open both servers; `entry` is a catalogue file of the reseller."""
    catalogue = directory / "catalogue"
    catalogue.mkdir()
    if entry is not None:
        (catalogue / "seedream-4-5.toml").write_text(entry)
    settings = {
        "DOITONG_APIXO_API_KEY": key,
        "DOITONG_APIXO_BASE_URL": f"{seller.url}/api/v1",
        "DOITONG_CATALOGUE": str(catalogue),
    }
    async with (
        open_server_harness(directory / "data", backends=(), settings=settings) as reseller,
        Client.open(seller.url, key) as client,
    ):
        yield TwoServers(reseller, client)
        database = reseller.application.runtime.services.database
        await database.read(check_ledger)
        await database.read(check_all_settled)


@pytest.fixture
async def servers(server: ServerProcess, tmp_path: Path) -> AsyncIterator[TwoServers]:
    key = create_key(server, "--test", "--plan", "enterprise", "--credits", "10000")
    async with two_servers(server, key, tmp_path) as servers:
        yield servers


async def test_pictures_are_made_by_the_other_server(servers: TwoServers) -> None:
    options = {"width": 2304, "height": 1728, "n": 2}

    ended = await servers.run(input={"text": "a fox at dusk"}, options=options)

    sold = await servers.sold()
    assert ended["status"] == "COMPLETED", ended
    assert ended["metadata"]["backend"] == "apixo"
    assert len(ended["outputs"]) == 2
    assert ended["url"].startswith(servers.reseller.url)
    assert sold is not None
    assert sold["status"] == "COMPLETED"
    assert (sold["options"]["width"], sold["options"]["height"], sold["options"]["n"]) == (2304, 1728, 2)
    assert sold["input"] == {"text": "a fox at dusk"}
    [delivery] = (await servers.seller.execute(DELIVERIES))["account"]["webhookDeliveries"]["nodes"]
    assert delivery["body"]["data"]["taskId"] == sold["id"]


async def test_a_series_is_made_on_the_route_of_the_catalogue(server: ServerProcess, tmp_path: Path) -> None:
    key = create_key(server, "--test", "--plan", "enterprise", "--credits", "10000")
    options = {"width": 2048, "height": 2048, "n": 2, "sequential": True}
    async with two_servers(server, key, tmp_path, entry=None) as servers:
        ended = await servers.run(input={"text": "a fox at dusk"}, options=options)
        sold = await servers.sold()

    assert ended["status"] == "COMPLETED", ended
    assert len(ended["outputs"]) == 2
    assert sold is not None
    assert options.items() <= sold["options"].items()


async def test_a_picture_is_edited_by_the_other_server(servers: TwoServers) -> None:
    headers = {"X-API-Key": servers.reseller.key, "Content-Type": "image/png"}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as http:
        uploaded = await http.post(f"{servers.reseller.url}/uploads", content=sample_files.picture_bytes())

    ended = await servers.run(input={"text": "a fox at dusk", "image": uploaded.json()["id"]})

    sold = await servers.sold()
    assert ended["status"] == "COMPLETED", ended
    assert sold is not None
    assert sold["input"]["image"].startswith(servers.reseller.url)


@pytest.mark.parametrize(
    ("directive", "code"),
    [
        ("test:fail", "GENERATION_FAILED"),
        ("test:content_violation", "CONTENT_VIOLATION"),
        ("test:failure", "INVALID_INPUT"),  # refused when submitted: there is no such directive
    ],
)
async def test_a_failure_of_the_other_server_is_one_of_this_one(servers: TwoServers, directive: str, code: str) -> None:
    ended = await servers.run(input={"text": f"a fox {directive}"})

    assert (ended["status"], ended["error"]["code"]) == ("FAILED", code), ended
    account = await servers.reseller.account_state()
    assert account["credits"] == {"available": 1000, "held": 0}


async def test_without_credits_at_the_other_server_the_provider_is_unavailable(
    server: ServerProcess, tmp_path: Path
) -> None:
    key = create_key(server, "--test", "--credits", "1")
    async with two_servers(server, key, tmp_path) as servers:
        ended = await servers.run(input={"text": "a fox"})

        assert (ended["status"], ended["error"]["code"]) == ("FAILED", "PROVIDER_UNAVAILABLE"), ended
        assert await servers.sold() is None
