"""Two servers of this project: `seller` is an upstream of `reseller`, which has an account there."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from cli.client.graphql_client import Client
from tests.support import sample_files
from tests.support.ledger_invariants import check_all_settled, check_ledger
from tests.support.server_harness import ServerHarness, open_server_harness

POLL = 15  # seconds, the longest interval of polls
MAX_POLLS = 40
STATE = """query ($id: ID!) { generation(id: $id) {
  status stage url outputs { url } creditCost error { code message } metadata { backend }
} }"""
LATEST = "{ generations(first: 1) { nodes { id status provider input options } } }"


@dataclass(frozen=True, slots=True)
class TwoServers:
    """`reseller` is in this process, with a clock that is moved; `seller` is a client of the other server."""

    reseller: ServerHarness
    seller: Client

    async def sold(self) -> dict[str, Any] | None:
        """Return what the reseller bought last."""
        nodes: list[dict[str, Any]] = (await self.seller.execute(LATEST))["generations"]["nodes"]
        return nodes[0] if nodes else None

    async def state(self, generation_id: str) -> dict[str, Any]:
        """Return the state of a generation of the reseller's customer."""
        state: dict[str, Any] = (await self.reseller.client.execute(STATE, {"id": generation_id}))["generation"]
        return state

    async def run(self, **request: Any) -> dict[str, Any]:
        """Run a generation of the reseller's customer to its end, moving the clock on to the next poll."""
        accepted = await self.reseller.client.generate(**request)
        await self.reseller.wait_until_idle()
        sold = await self.sold()
        if sold is not None:
            async for _ in self.seller.follow(sold["id"]):
                pass
        for _ in range(MAX_POLLS):
            state = await self.state(accepted["id"])
            if state["stage"] == "DONE":
                return state
            self.reseller.clock.move(POLL)
            await self.reseller.wait_until_idle()
        raise AssertionError(f"the generation does not end: {state}")

    async def follow(self, **request: Any) -> dict[str, Any]:
        """Run a generation of the reseller's customer to its end, without moving the clock."""
        accepted = await self.reseller.client.generate(**request)
        async for _ in self.reseller.client.follow(accepted["id"]):
            pass
        return await self.state(accepted["id"])

    async def upload_picture(self) -> str:
        """Upload a picture to the reseller; return its id."""
        headers = {"X-API-Key": self.reseller.key, "Content-Type": "image/png"}
        async with httpx.AsyncClient(trust_env=False, headers=headers) as http:
            uploaded = await http.post(f"{self.reseller.url}/uploads", content=sample_files.picture_bytes())
        return str(uploaded.json()["id"])


@asynccontextmanager
async def two_servers(
    seller_url: str, key: str, directory: Path, *, backend: str, base_url: str, entries: Mapping[str, str]
) -> AsyncIterator[TwoServers]:
    """Run a server whose `backend` is the seller, at `base_url`, with the key of its account there.

    `entries` are the catalogue files of the reseller by provider id. In the end, its books are checked.
    """
    catalogue = directory / "catalogue"
    catalogue.mkdir()
    for provider, entry in entries.items():
        (catalogue / f"{provider}.toml").write_text(f'id = "{provider}"\n{entry}')
    settings = {
        f"DOITONG_{backend.upper()}_API_KEY": key,
        f"DOITONG_{backend.upper()}_BASE_URL": base_url,
        "DOITONG_CATALOGUE": str(catalogue),
    }
    async with (
        open_server_harness(directory / "data", backends=(), settings=settings) as reseller,
        Client.open(seller_url, key) as client,
    ):
        yield TwoServers(reseller, client)
        await reseller.wait_until_idle()
        database = reseller.application.runtime.services.database
        await database.read(check_ledger)
        await database.read(check_all_settled)


async def download(url: str) -> tuple[str, bytes]:
    """Return the media type and the content of a file."""
    async with httpx.AsyncClient(trust_env=False) as http:
        response = await http.get(url)
    return response.headers["content-type"], response.content
