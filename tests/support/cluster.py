"""Nodes that are killed and replaced, and generations that are submitted at one and followed at another."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from cli.client.graphql_client import GENERATE
from tests.support.follower import Follower, State
from tests.support.nodes import Nodes, picture
from tests.support.server_process import ServerProcess

CONNECTIONS = 32
"""Requests at a time."""
TIMEOUT = 30  # seconds of a request
RETRY_DELAY = 0.1  # seconds, after a node did not answer
DONE = "DONE"


@dataclass
class Cluster:
    """The running nodes. A node that is killed is replaced; an API node by one at the same address."""

    nodes: Nodes
    apis: list[ServerProcess]
    workers: list[ServerProcess]
    missing_workers: set[int] = field(default_factory=set)
    """Those that are being replaced."""

    @classmethod
    async def start(cls, nodes: Nodes, *, workers: int) -> Self:
        """Start two API nodes and `workers`."""
        apis = [await nodes.start_api(), await nodes.start("api")]
        return cls(nodes, apis, [await nodes.start("worker") for _ in range(workers)])

    async def replace_worker(self, index: int) -> None:
        """Kill a worker with SIGKILL and start another one."""
        self.missing_workers.add(index)
        self.workers[index].kill()
        self.workers[index] = await self.nodes.start("worker")
        self.missing_workers.discard(index)

    async def replace_api(self, index: int) -> None:
        """Kill an API node with SIGKILL and start another one at its address."""
        killed = self.apis[index]
        killed.kill()
        self.apis[index] = await self.nodes.start("api", port=urlsplit(killed.url).port or 0)


@dataclass
class Traffic:
    """Generations that are submitted at one API node and followed at the other one."""

    urls: tuple[str, ...]
    key: str
    webhook_url: str | None
    http: httpx.AsyncClient
    followers: list[Follower] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    states: dict[str, State] = field(default_factory=dict)
    """The state that arrived last, of each generation."""
    delays: list[float] = field(default_factory=list)
    """Seconds from the end of each generation to its arrival here."""
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONNECTIONS))
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    @asynccontextmanager
    async def open(cls, cluster: Cluster, key: str, *, webhook_url: str | None = None) -> AsyncIterator[Self]:
        """Yield the traffic of the owner of `key`."""
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(httpx.AsyncClient(timeout=TIMEOUT, trust_env=False))
            traffic = cls(tuple(api.url for api in cluster.apis), key, webhook_url, http)
            for url in traffic.urls:
                follower = Follower(url, key, traffic._receive)
                traffic.followers.append(await stack.enter_async_context(follower))
            yield traffic

    async def submit(self, number: int) -> None:
        """Submit a generation, at another node after one did not answer, and follow it."""
        node = number % len(self.urls)
        async with self._slots:
            while (generation_id := await self._accept(number, self.urls[node])) is None:
                node = (node + 1) % len(self.urls)
                await asyncio.sleep(RETRY_DELAY)
        self.accepted.append(generation_id)
        self.followers[(node + 1) % len(self.urls)].follow(generation_id)

    async def until_ended(self) -> None:
        """Wait until the end of everything that was accepted has arrived."""
        while self.unended:
            self._arrived.clear()
            await self._arrived.wait()

    @property
    def unended(self) -> set[str]:
        """What was accepted and whose end has not arrived."""
        return set(self.accepted) - {one for one, state in self.states.items() if state["stage"] == DONE}

    async def _accept(self, number: int, url: str) -> str | None:
        """Return the id of the generation, or None if the node did not answer. It may have accepted it all the same."""
        request = {**picture(number), **({} if self.webhook_url is None else {"webhookUrl": self.webhook_url})}
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": f"number-{number}"}
        body = {"query": GENERATE, "variables": {"input": request}}
        try:
            response = await self.http.post(f"{url}/graphql", json=body, headers=headers)
        except httpx.TransportError:
            return None
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return None
        return _accepted_id(response.json())

    def _receive(self, state: State) -> None:
        before = self.states.get(state["id"])
        self.states[state["id"]] = state
        if state["stage"] == DONE and (before is None or before["stage"] != DONE):
            self.delays.append((datetime.now(UTC) - datetime.fromisoformat(state["completedAt"])).total_seconds())
            self._arrived.set()


def _accepted_id(body: Mapping[str, Any]) -> str:
    assert "errors" not in body, body
    return str(body["data"]["generate"]["id"])
