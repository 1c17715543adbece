"""The webhook dispatcher with a database, a manual clock and receivers on a socket."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

import pytest

from accounts.creation import create_account
from accounts.plans import PlanName
from accounts.principal import Principal, Scope
from credits.ledger import LedgerAccount, open_ledger_account
from database.transaction import Database, Transaction
from kit.ids import new_id
from kit.outbound import SafeHttpClient
from kit.pagination import PageRequest
from tests.support.asgi_server import free_socket, running_server
from tests.support.manual_clock import ManualClock
from tests.support.round_trip import round_trip
from tests.support.webhook_receivers import WebhookReceivers
from webhooks import endpoints
from webhooks.deliveries import Delivery, page_of_deliveries, replay_own
from webhooks.dispatcher import Dispatcher
from webhooks.endpoints import Endpoint
from webhooks.event import Event, EventType, LinkedFile

TIMEOUT = 10  # seconds of real time
IDLE_CHECKS = 4  # consecutive checks at which the dispatcher is idle
ALL = PageRequest(size=100, after=None, before=None, backward=False)
LOOPBACK_ALLOWED: dict[str, Any] = {"allowed_networks": [ip_network("127.0.0.0/8")], "allow_http": True}


@dataclass
class WebhookHarness:
    """Publishes events, and runs the dispatcher against the receivers."""

    database: Database
    clock: ManualClock
    receivers: WebhookReceivers
    dispatcher: Dispatcher = field(init=False)
    running: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.start()

    def start(self, database: Database | None = None, http_client: SafeHttpClient | None = None) -> None:
        """Start a dispatcher, as a server does at startup."""
        self.dispatcher = Dispatcher(
            database or self.database, self.clock, http_client or SafeHttpClient(**LOOPBACK_ALLOWED), sign_link
        )
        self.running = asyncio.create_task(self.dispatcher.run())

    async def kill(self) -> None:
        """Stop without saving anything, as SIGKILL does."""
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)

    def url(self, path: str) -> str:
        return self.receivers.url + path

    async def create_account(self) -> Principal:
        def create(transaction: Transaction) -> str:
            account_id = create_account(transaction, name="a", plan=PlanName.FREE, at=self.clock.now())
            open_ledger_account(transaction, LedgerAccount(account_id, False))
            return account_id

        account_id = await self.database.transact(create)
        return Principal(account_id, "key_test", PlanName.FREE, False, frozenset({Scope.WEBHOOKS}))

    async def an_endpoint(self, owner: Principal, path: str, **fields: Any) -> Endpoint:
        self.clock.move(0.001)  # ids sort by their millisecond
        return await self.database.transact(
            lambda transaction: endpoints.create_endpoint(
                transaction, owner, self.dispatcher.outbox, url=self.url(path), at=self.clock.now(), **fields
            )
        )

    def event(
        self, owner: Principal, *, type: EventType = EventType.GENERATION_COMPLETED, link: LinkedFile | None = None
    ) -> Event:
        """Return an event of a new generation."""
        now = self.clock.now()
        body = {"type": type.value, "id": new_id("gen", now), "url": None}
        return Event(type, new_id("msg", now), owner.account_id, owner.test_mode, now, body, link, str(body["id"]))

    async def listening(self) -> None:
        """Wait until the dispatcher hears other processes."""
        async with asyncio.timeout(TIMEOUT):
            while not self.database.is_listening:
                await asyncio.sleep(0)
        await self.settle()

    async def publish_event(
        self,
        owner: Principal,
        *,
        path: str | None = None,
        type: EventType = EventType.GENERATION_COMPLETED,
        link: LinkedFile | None = None,
    ) -> Event:
        """Publish an event to the endpoints of the account, or to the webhook URL with this path."""
        event = self.event(owner, type=type, link=link)
        url = None if path is None else self.url(path)
        await self.database.transact(lambda transaction: self.dispatcher.outbox.enqueue(transaction, event, url=url))
        return event

    async def deliveries(self, owner: Principal) -> Sequence[Delivery]:
        """Return all deliveries, newest first."""
        return (await self.database.read(lambda connection: page_of_deliveries(connection, owner, ALL, {}))).items

    async def delivery(self, owner: Principal) -> Delivery:
        """Return the only delivery."""
        (delivery,) = await self.deliveries(owner)
        return delivery

    async def endpoints(self, owner: Principal) -> Sequence[Endpoint]:
        return (await self.database.read(lambda connection: endpoints.page_of_endpoints(connection, owner, ALL))).items

    async def replay(self, owner: Principal, delivery_id: str) -> Delivery:
        return await self.database.transact(
            lambda transaction: replay_own(transaction, owner, self.dispatcher.outbox, delivery_id, at=self.clock.now())
        )

    async def settle(self) -> None:
        """Wait until no delivery is in flight or due."""
        idle = 0
        async with asyncio.timeout(TIMEOUT):
            while idle < IDLE_CHECKS:
                await round_trip(self.database)
                idle = idle + 1 if self.dispatcher.is_idle else 0

    async def advance_time(self, seconds: float) -> None:
        """Advance the clock while the dispatcher is idle, and wait until it is idle again."""
        await self.settle()
        self.clock.move(seconds)
        await self.settle()


def sign_link(link: LinkedFile) -> str | None:
    return f"https://example.com/{link.key}/{link.filename}"


@asynccontextmanager
async def open_webhook_harness(database: Database) -> AsyncIterator[WebhookHarness]:
    """Run a dispatcher on the database, and receivers."""
    clock = ManualClock()
    bound, url = free_socket()
    receivers = WebhookReceivers(url, clock.now)
    async with running_server(receivers.asgi(), bound):
        harness = WebhookHarness(database, clock, receivers)
        try:
            yield harness
        finally:
            await harness.kill()


@pytest.fixture
async def webhook_harness(database: Database) -> AsyncIterator[WebhookHarness]:
    async with open_webhook_harness(database) as harness:
        yield harness
