"""A client of OpenAI's API on a server in the test process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import func, select

from cli.client.graphql_client import Client
from media.tables import UploadRow
from providers.backend import Snapshot
from tests.support.server_harness import ACCOUNT, TIMEOUT, ServerHarness

ASKED = "query ($id: ID!) { generation(id: $id) { type provider input options status creditCost } }"
Files = list[tuple[str, tuple[str | None, bytes, str]]]


@dataclass(frozen=True, slots=True)
class OpenAIClient:
    """Sends requests with a key of an account of its own."""

    server: ServerHarness
    http: httpx.AsyncClient
    graphql: Client
    key: str

    async def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        return await self.http.post(f"/v1{path}", json=body, headers=headers)

    async def form(
        self, path: str, fields: dict[str, str], files: Files | None = None, **headers: str
    ) -> httpx.Response:
        parts = [(name, (None, value.encode(), "")) for name, value in fields.items()]
        return await self.http.post(f"/v1{path}", files=[*parts, *(files or [])], headers=headers)

    async def finished(self, path: str, body: object, snapshot: Snapshot) -> httpx.Response:
        """Return the response to a request whose job ends with `snapshot`."""
        known = len(self.server.upstream.tasks)
        async with asyncio.timeout(TIMEOUT), asyncio.TaskGroup() as group:
            request = group.create_task(self.post(path, body))
            while len(self.server.upstream.tasks) == known and not request.done():
                await asyncio.sleep(0)
            await self.server.wait_until_idle()
            assert await self.server.upstream.call(snapshot) == 200
        await self.server.wait_until_idle()
        return request.result()

    async def end(self, snapshot: Snapshot) -> None:
        """Let the upstream report a state of the job submitted last."""
        await self.server.wait_until_idle()
        assert await self.server.upstream.call(snapshot) == 200
        await self.server.wait_until_idle()

    async def asked(self, generation_id: str) -> dict[str, Any]:
        """Return what was requested."""
        found: dict[str, Any] = (await self.graphql.execute(ASKED, {"id": generation_id}))["generation"]
        return found

    async def stored(self) -> list[str]:
        nodes = (await self.graphql.execute("{ generations { nodes { id } } }"))["generations"]["nodes"]
        return [node["id"] for node in nodes]

    async def uploads(self) -> int:
        """Return the number of uploads of all accounts."""
        database = self.server.application.runtime.services.database
        return await database.read(lambda connection: connection.execute(COUNT_UPLOADS).scalar_one())

    async def credits(self) -> dict[str, int]:
        credits: dict[str, int] = (await self.graphql.execute(ACCOUNT))["account"]["credits"]
        return credits


COUNT_UPLOADS = select(func.count()).select_from(UploadRow)


@asynccontextmanager
async def open_openai_client(server: ServerHarness) -> AsyncIterator[OpenAIClient]:
    key = await server.create_key()
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False, timeout=TIMEOUT) as http,
        Client.open(server.url, key) as graphql,
    ):
        yield OpenAIClient(server, http, graphql, key)
        server.upstream.may_respond.set()
        await server.wait_until_idle()
