"""A server in the test process, an upstream emulator on a socket, and one manual clock for both."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import pytest

from accounts.creation import create_account, insert_key
from accounts.plans import PlanName
from accounts.principal import DEFAULT_SCOPES, Scope
from cli.client.graphql_client import Client
from credits.ledger import LedgerAccount, issue_credits, open_ledger_account
from database.transaction import Transaction
from generations.execution.queue import EmbeddedQueue
from server.application import Application
from server.response_caching_protocol import response_caching_protocol
from server.roles.role import Role
from server.settings import load_settings
from tests.support.asgi_server import free_socket, running_server
from tests.support.manual_clock import ManualClock
from tests.support.round_trip import round_trip
from tests.support.upstream_emulator import EmulatedBackend, UpstreamEmulator

TIMEOUT = 20  # seconds
KEEP_ALIVE = 75  # seconds, as the server: a client must not reuse a connection that is being closed
PICTURE = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "a fox"}}
ACCOUNT = "{ account { credits { available held } usage { running spent } } }"


@dataclass
class ServerHarness:
    """The server at `url` and a client with a live key."""

    url: str
    application: Application
    upstream: UpstreamEmulator
    client: Client
    clock: ManualClock
    key: str
    """The key of the client."""

    async def submit(self) -> str:
        """Return the ID of a generation that was submitted upstream and waits for its next poll."""
        accepted = await self.client.generate(**PICTURE)
        await self.wait_until_idle()
        return str(accepted["id"])

    async def final_state(self, generation_id: str) -> dict[str, Any]:
        async with asyncio.timeout(TIMEOUT):
            return [state async for state in self.client.follow(generation_id)][-1]

    async def account_state(self) -> dict[str, Any]:
        account: dict[str, Any] = (await self.client.execute(ACCOUNT))["account"]
        return account

    async def wait_until_idle(self) -> None:
        """Wait until no job is being processed."""
        queue, database = self.application.runtime.services.queue, self.application.runtime.services.database
        assert isinstance(queue, EmbeddedQueue)
        async with asyncio.timeout(TIMEOUT):
            idle_checks = 0
            while idle_checks < 4:
                await round_trip(database)
                idle_checks = idle_checks + 1 if not queue.running_steps else 0

    async def post(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False, base_url=self.url) as http:
            return await http.post(path, content=b"{}")

    async def create_key(
        self,
        *,
        plan: PlanName = PlanName.ENTERPRISE,
        credits: int = 1000,
        test_mode: bool = False,
        scopes: tuple[Scope, ...] = DEFAULT_SCOPES,
    ) -> str:
        """Create an account, and return a key of it."""

        def create(transaction: Transaction) -> str:
            return create_live_key(
                transaction,
                self.application,
                self.clock,
                plan=plan,
                credits=credits,
                test_mode=test_mode,
                scopes=scopes,
            )

        return await self.application.runtime.services.database.transact(create)


def create_live_key(
    transaction: Transaction,
    application: Application,
    clock: ManualClock,
    *,
    plan: PlanName = PlanName.ENTERPRISE,
    credits: int = 1000,
    test_mode: bool = False,
    scopes: tuple[Scope, ...] = DEFAULT_SCOPES,
) -> str:
    at = clock.now()
    account_id = create_account(transaction, name="a", plan=plan, at=at)
    ledger_account = LedgerAccount(account_id, test_mode)
    open_ledger_account(transaction, ledger_account)
    if credits:
        issue_credits(transaction, ledger_account, amount=credits, at=at)
    secret = application.settings.secret
    return insert_key(transaction, account_id, name="k", test_mode=test_mode, secret=secret, at=at, scopes=scopes)


@asynccontextmanager
async def open_server_harness(
    directory: Path,
    *,
    backends: Sequence[str] = ("fal",),
    settings: Mapping[str, str] = MappingProxyType({}),
    role: Role = Role.ALL,
) -> AsyncIterator[ServerHarness]:
    """Serve the application with `settings`; each of the backends uses the emulated upstream."""
    clock = ManualClock()
    server_socket, server_url = free_socket()
    upstream_socket, upstream_url = free_socket()
    upstream = UpstreamEmulator(upstream_url)
    loaded = load_settings({"DOITONG_BASE_URL": server_url, **settings}, data_directory=directory, dev=True, role=role)
    application = Application(
        replace(loaded, render_workers=1),
        clock=clock,
        backends={name: EmulatedBackend(name, upstream_url) for name in backends},
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running_server(upstream.asgi(), upstream_socket))
        await stack.enter_async_context(application.running())
        protocol = response_caching_protocol(application.raw_response_cache)
        serving = running_server(application.asgi(), server_socket, http=protocol, keep_alive=KEEP_ALIVE)
        await stack.enter_async_context(serving)
        key = await application.runtime.services.database.transact(lambda t: create_live_key(t, application, clock))
        client = await stack.enter_async_context(Client.open(server_url, key))
        yield ServerHarness(server_url, application, upstream, client, clock, key)
        upstream.may_respond.set()


@pytest.fixture
async def server_harness(tmp_path: Path) -> AsyncIterator[ServerHarness]:
    async with open_server_harness(tmp_path / "data") as harness:
        yield harness
