"""API nodes and workers as processes, which share a database, a data directory and an emulated upstream."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cli.client.graphql_client import Client
from tests.emulators.app import EmulatedUpstreams
from tests.emulators.base import Scenario
from tests.support.asgi_server import free_socket, running_server
from tests.support.gate import Gate
from tests.support.server_process import ServerProcess


@pytest.fixture
async def upstreams() -> AsyncIterator[EmulatedUpstreams]:
    """fal, emulated."""
    bound, url = free_socket()
    application = EmulatedUpstreams.create(url, only=("fal",))
    async with running_server(application, bound):
        yield application


@pytest.fixture
async def gated_upstreams() -> AsyncIterator[tuple[EmulatedUpstreams, Gate]]:
    """fal, emulated behind a gate, whose jobs run for a while."""
    bound, url = free_socket()
    application = EmulatedUpstreams.create(url, only=("fal",), scenario=Scenario.SLOW)
    gate = Gate(application)
    async with running_server(gate, bound):
        yield application, gate


class Nodes:
    """Starts nodes, which are stopped with `stack`. `upstreams` are the settings of upstreams."""

    def __init__(self, stack: ExitStack, data: Path, database_url: str, upstreams: Mapping[str, str]) -> None:
        self._stack, self._data, self._database_url = stack, data, database_url
        self.settings = {**upstreams, "DOITONG_RENDER_WORKERS": "1"}

    async def start(self, role: str, *, port: int = 0) -> ServerProcess:
        """Start a node without blocking the emulators."""

        def start() -> ServerProcess:
            return ServerProcess(
                self._data,
                database_url=self._database_url,
                port=port,
                settings=self.settings,
                options=("--role", role),
            )

        return self._stack.enter_context(await asyncio.to_thread(start))

    async def start_api(self) -> ServerProcess:
        """Start an API node whose URL is the public one of all nodes that are started later."""
        api = await self.start("api")
        self.settings["DOITONG_BASE_URL"] = api.url
        return api


def picture(number: int) -> dict[str, Any]:
    """Return arguments of `generate` for an upstream; no two are equal."""
    return {"type": "IMAGE", "provider": "flux-dev", "input": {"text": f"kite number {number}."}}


async def end_of(client: Client, generation_id: str) -> dict[str, Any]:
    """Follow a generation and return its last state."""
    return [state async for state in client.follow(generation_id)][-1]
