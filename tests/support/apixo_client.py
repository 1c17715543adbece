"""A client of the APIXO API on a server in the test process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from cli.client.graphql_client import Client
from providers.backend import Snapshot
from tests.support.server_harness import ACCOUNT, ServerHarness

GENERATE = "/api/v1/generateTask"
INPUT = {"mode": "text-to-image", "prompt": "a fox", "max_images": 1}
PUBLISHED = {
    "request_type": "async",
    "provider": "auto",
    "input": {
        **INPUT,
        "aspect_ratio": "16:9",
        "resolution": "2K",
        "sequential_image_generation": "disabled",
        "size": "2K",
        "prompt_optimize_mode": "standard",
    },
}
MADE = "query ($id: ID!) { generation(id: $id) { options creditsCharged } }"
LATEST = "{ generations(first: 1) { nodes { id } } }"


@dataclass(frozen=True, slots=True)
class ApixoClient:
    """Sends requests with a key of an account of its own."""

    server: ServerHarness
    http: httpx.AsyncClient
    graphql: Client

    async def create(self, body: object, *, model: str = "seedream-4-5", **headers: str) -> httpx.Response:
        return await self.http.post(f"{GENERATE}/{model}", json=body, headers=headers)

    async def submit(self, body: object = PUBLISHED) -> str:
        """Return the id of a task whose job the upstream has accepted."""
        response = await self.create(body)
        assert response.status_code == 200, response.text
        await self.server.wait_until_idle()
        return str(response.json()["data"]["taskId"])

    async def status(self, task_id: str, *, model: str = "seedream-4-5") -> httpx.Response:
        return await self.http.get(f"/api/v1/statusTask/{model}", params={"taskId": task_id})

    async def read(self, task_id: str) -> dict[str, Any]:
        """Return the `data` of a task."""
        response = await self.status(task_id)
        body: dict[str, Any] = response.json()
        assert response.status_code == 200
        assert body == {"code": 200, "message": "success", "data": body["data"]}
        data: dict[str, Any] = body["data"]
        return data

    async def end(self, snapshot: Snapshot) -> None:
        """Let the upstream report a state of the task submitted last."""
        assert await self.server.upstream.call(snapshot) == 200
        await self.server.wait_until_idle()

    async def latest(self) -> dict[str, Any] | None:
        nodes: list[dict[str, Any]] = (await self.graphql.execute(LATEST))["generations"]["nodes"]
        return nodes[0] if nodes else None

    async def made(self, response: httpx.Response) -> dict[str, Any]:
        """Return the generation of a response to a submission."""
        assert response.status_code == 200, response.text
        variables = {"id": response.json()["data"]["taskId"]}
        generation: dict[str, Any] = (await self.graphql.execute(MADE, variables))["generation"]
        return generation

    async def available(self) -> int:
        return int((await self.graphql.execute(ACCOUNT))["account"]["credits"]["available"])


@asynccontextmanager
async def open_apixo_client(server: ServerHarness) -> AsyncIterator[ApixoClient]:
    """Yield a client with a live key of a new account; then wait until its tasks are idle."""
    key = await server.create_key()
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False) as http,
        Client.open(server.url, key) as graphql,
    ):
        yield ApixoClient(server, http, graphql)
        server.upstream.may_respond.set()
        await server.wait_until_idle()
