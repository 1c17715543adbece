"""Generations accepted per second by one process: key, limits, hold, row and queue in one transaction each."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from accounts.creation import create_account
from accounts.plans import PlanName
from accounts.principal import DEFAULT_SCOPES, Principal
from benchmarks.figure import Figure
from credits.ledger import LedgerAccount, issue_credits, open_ledger_account
from database.open import open_database
from database.postgresql import PostgreSQL
from database.transaction import Database, Transaction
from generations.execution.postgresql_queue import PostgreSQLQueue
from generations.requests.accept import accept_generation
from generations.requests.generation_request import GenerationRequest
from generations.services import Services
from kit.clock import SystemClock
from providers.backend import GenerationType
from tests.support.controllable_upstream import ControllableUpstream
from tests.support.postgres import own_server
from tests.support.services import build_services

COUNT = 3_000
CLIENTS = 32
ACCOUNTS = 8
"""Requests of one account wait for each other, since its counters and its ledger account are single rows."""
CREDITS = 1_000_000_000


async def accepted_per_second(directory: Path) -> list[Figure]:
    """Measure the use case without HTTP; the queue stores entries and runs nothing."""
    figures = [await _accepted(f"sqlite:///{directory / 'rate.db'}", "SQLite", directory, target="800")]
    with own_server() as server:
        figures.append(await _accepted(server.get_uri(), "PostgreSQL", directory, target="400"))
    return figures


async def _accepted(url: str, name: str, directory: Path, *, target: str) -> Figure:
    database = await open_database(url)
    clock = SystemClock()
    services = build_services(database, clock, ControllableUpstream(), workspace=directory / "inputs")
    if isinstance(database, PostgreSQL):
        services = replace(services, queue=PostgreSQLQueue(database, clock))
    owners = [await owner_of_credits(database, clock) for _ in range(ACCOUNTS)]
    rate, cpu_rate = await _rate(services, owners)
    await database.close()
    measured = f"{rate:,.0f} wall, {cpu_rate:,.0f} by CPU time ({1000 / cpu_rate:.2f} ms each)"
    return Figure(f"accepted per second, {name}, without HTTP", measured, target)


async def _rate(services: Services, owners: Sequence[Principal]) -> tuple[float, float]:
    numbers = iter(range(COUNT))

    async def client(owner: Principal) -> None:
        for number in numbers:
            request = GenerationRequest(
                type=GenerationType.IMAGE,
                provider="flux-pro",
                input={"text": "a fox"},
                idempotency_key=f"key-{number}",
            )
            await accept_generation(services, owner, request)

    started, cpu_started = time.perf_counter(), time.process_time()
    await asyncio.gather(*(client(owners[number % len(owners)]) for number in range(CLIENTS)))
    return COUNT / (time.perf_counter() - started), COUNT / (time.process_time() - cpu_started)


async def owner_of_credits(database: Database, clock: SystemClock) -> Principal:
    def create(transaction: Transaction) -> str:
        account_id = create_account(transaction, name="bench", plan=PlanName.ENTERPRISE, at=clock.now())
        ledger_account = LedgerAccount(account_id, test_mode=False)
        open_ledger_account(transaction, ledger_account)
        issue_credits(transaction, ledger_account, amount=CREDITS, at=clock.now())
        return account_id

    account_id = await database.transact(create)
    return Principal(account_id, "key", PlanName.ENTERPRISE, False, frozenset(DEFAULT_SCOPES))
