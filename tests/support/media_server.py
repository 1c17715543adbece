"""A server with stored media, in the test process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import httpx

from accounts.creation import create_account, insert_key
from accounts.plans import PlanName
from credits.ledger import LedgerAccount, hold_credits, issue_credits, open_ledger_account
from database.transaction import Transaction
from generations import repository, transitions
from generations.execution.outputs import store_output
from generations.generation import QUEUED, RUNNING, STORING, SUBMITTED, Generation, Priority
from providers.backend import GenerationType, Output
from server.application import Application
from server.settings import Settings
from tests.support import sample_files
from tests.support.manual_clock import ManualClock

READ = "query ($id: ID!) { generation(id: $id) { url thumbnailUrl outputs { url avifUrl sha256 bytes expiresAt } } }"
DELETE = "mutation ($id: ID!) { deleteGeneration(id: $id) }"


@dataclass
class MediaServerHarness:
    """A server in the test process, its clock and an HTTP client."""

    application: Application
    clock: ManualClock
    http: httpx.AsyncClient
    folder: Path
    created: int = 0

    async def create_account(self) -> tuple[str, str]:
        """Create an account on the free plan; return its ID and a test key."""
        at, secret = self.clock.now(), self.application.settings.secret

        def create(transaction: Transaction) -> tuple[str, str]:
            account_id = create_account(transaction, name="a", plan=PlanName.FREE, at=at)
            open_ledger_account(transaction, LedgerAccount(account_id, True))
            issue_credits(transaction, LedgerAccount(account_id, True), amount=100, at=at)
            return account_id, insert_key(transaction, account_id, name="a", test_mode=True, secret=secret, at=at)

        return await self.application.runtime.services.database.transact(create)

    async def add_image(self, account_id: str, *, colour: str = "teal") -> str:
        """Insert a completed generation with an image of this colour, and return its ID."""
        services, at = self.application.runtime.services, self.clock.now()
        self.created += 1
        picture = sample_files.picture(self.folder / f"{self.created}.png", colour=colour)
        stored = await store_output(services.library, Output(media_type="image/png", path=picture))
        new = queued_generation(f"gen_{self.created:026}", account_id, self.clock)

        def insert(transaction: Transaction) -> None:
            hold_credits(transaction, LedgerAccount(account_id, True), amount=1, generation_id=new.id, at=at)
            repository.insert_generation(transaction.connection, new)
            current = new
            for state in (SUBMITTED, RUNNING, STORING):
                current = transitions.transition(transaction, services, current, state)
            transitions.complete(transaction, services, current, outputs=[stored], adjustments=(), at=at)

        await services.database.transact(insert)
        return new.id

    async def ask(self, query: str, key: str, generation_id: str) -> dict[str, Any]:
        body = {"query": query, "variables": {"id": generation_id}}
        response = (await self.http.post("/graphql", json=body, headers={"x-api-key": key})).json()
        data: dict[str, Any] = response["data"]
        return data

    async def output(self, key: str, generation_id: str) -> dict[str, Any]:
        [output] = (await self.ask(READ, key, generation_id))["generation"]["outputs"]
        return dict(output)

    async def status(self, url: str) -> int:
        return (await self.http.get(url)).status_code

    @classmethod
    @asynccontextmanager
    async def running(cls, settings: Settings, folder: Path) -> AsyncIterator[Self]:
        """A started application with these settings, and an HTTP client of it."""
        clock = ManualClock()
        application = Application(settings, clock=clock)
        transport = httpx.ASGITransport(application.asgi())
        async with application.running(), httpx.AsyncClient(transport=transport, base_url="http://server") as http:
            yield cls(application, clock, http, folder)


def queued_generation(generation_id: str, account_id: str, clock: ManualClock) -> Generation:
    """Return an image that was accepted just now."""
    at = clock.now()
    status, stage = QUEUED
    return Generation(
        id=generation_id,
        account_id=account_id,
        key_id="key",
        test_mode=True,
        type=GenerationType.IMAGE,
        status=status,
        stage=stage,
        progress=0,
        version=1,
        provider="flux-pro",
        model=None,
        priority=Priority.BALANCED,
        input={"text": "a fox"},
        options={},
        seed=1,
        adjustments=[],
        attempts=[],
        dispatch=None,
        job_reference=None,
        credit_cost=1,
        credits_charged=1,
        estimated_time=1,
        webhook_url=None,
        retry_of=None,
        outputs=(),
        error=None,
        created_at=at,
        started_at=at,
        completed_at=None,
        deadline_at=at + timedelta(hours=1),
        has_pending_work=False,
        retention_days=15,
    )
