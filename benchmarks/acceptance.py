"""Generations accepted per second by one process: key, limits, hold, row and queue in one transaction each."""

import asyncio
import time
from pathlib import Path

from accounts.creation import create_account
from accounts.plans import PlanName
from accounts.principal import DEFAULT_SCOPES, Principal
from benchmarks.figure import Figure
from credits.ledger import Book, issue_credits, open_book
from database.open import open_database
from database.transaction import Database, Transaction
from generations.requests.generation_request import GenerationRequest
from generations.requests.submit import submit
from generations.services import Services
from kit.clock import SystemClock
from providers.backend import GenerationType
from tests.support.controllable_upstream import ControllableUpstream
from tests.support.services import build_services

COUNT = 3_000
CLIENTS = 32
CREDITS = 1_000_000_000


async def accepted_per_second(directory: Path) -> list[Figure]:
    """Measure the use case without HTTP; the queue stores entries and runs nothing."""
    database = await open_database(f"sqlite:///{directory / 'rate.db'}")
    clock = SystemClock()
    services = build_services(database, clock, ControllableUpstream(), workspace=directory / "inputs")
    owner = await _owner(database, clock)
    rate, cpu_rate = await _rate(services, owner)
    await database.close()
    return [
        Figure("accepted per second, SQLite, without HTTP", f"{rate:,.0f} wall, {cpu_rate:,.0f} by CPU time", "800")
    ]


async def _rate(services: Services, owner: Principal) -> tuple[float, float]:
    numbers = iter(range(COUNT))

    async def client() -> None:
        for number in numbers:
            request = GenerationRequest(
                type=GenerationType.IMAGE,
                provider="flux-pro",
                input={"text": "a fox"},
                idempotency_key=f"key-{number}",
            )
            await submit(services, owner, request)

    started, cpu_started = time.perf_counter(), time.process_time()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return COUNT / (time.perf_counter() - started), COUNT / (time.process_time() - cpu_started)


async def _owner(database: Database, clock: SystemClock) -> Principal:
    def create(transaction: Transaction) -> str:
        account_id = create_account(transaction, name="bench", plan=PlanName.ENTERPRISE, at=clock.now())
        book = Book(account_id, test_mode=False)
        open_book(transaction, book)
        issue_credits(transaction, book, amount=CREDITS, at=clock.now())
        return account_id

    account_id = await database.transact(create)
    return Principal(account_id, "key", PlanName.ENTERPRISE, False, frozenset(DEFAULT_SCOPES))
