"""Webhook throughput of one process, latency of the first attempt, and isolation from a receiver that hangs."""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from ipaddress import ip_network
from pathlib import Path

import httpx

from accounts.creation import create_account
from accounts.plans import PlanName
from benchmarks.figure import Figure
from cli.client.graphql_client import Client
from credits.ledger import LedgerAccount, open_ledger_account
from database.open import open_database
from database.transaction import Database, Transaction
from kit.clock import SystemClock
from kit.ids import new_id
from kit.outbound import SafeHttpClient
from tests.support.server_process import ServerProcess
from webhooks.dispatcher import Dispatcher
from webhooks.event import Event, EventType
from webhooks.outbox import Outbox

DELIVERIES = 10_000
SEQUENTIAL = 200  # deliveries, one after the other
HANGING = 500
BATCH = 500
TIMEOUT = 120.0  # seconds
BODY = {"status": "completed", "url": None, "service": "flux-pro", "creditCost": 20, "version": 5}
PICTURE = {
    "type": "IMAGE",
    "provider": "flux-pro",
    "input": {"text": "a fox"},
    "options": {"width": 64, "height": 64},
}


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver process."""

    url: str

    def arrivals(self) -> dict[str, tuple[float, str | None]]:
        """Return, by message id, the Unix time of the first arrival and the `completedAt` of the body."""
        times: dict[str, tuple[float, str | None]] = httpx.get(f"{self.url}/arrivals", trust_env=False).json()
        return times

    def messages(self) -> dict[str, list[str]]:
        """Return, by generation, the message ids of all deliveries."""
        ids: dict[str, list[str]] = httpx.get(f"{self.url}/generations", trust_env=False).json()
        return ids


@contextmanager
def running_receiver(*, is_pinned: bool = True) -> Iterator[Receiver]:
    """Run the receiver; on the last core, and this process on the first, if `is_pinned`."""
    cores = os.sched_getaffinity(0)
    command = [sys.executable, "-m", "benchmarks.webhook_receiver"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    receiver = Receiver(f"http://127.0.0.1:{process.stdout.readline().strip()}")
    if is_pinned:
        os.sched_setaffinity(process.pid, {max(cores)})
        os.sched_setaffinity(0, {min(cores)})
    try:
        yield receiver
    finally:
        os.sched_setaffinity(0, cores)
        process.kill()
        process.communicate()


async def webhook_figures(directory: Path) -> list[Figure]:
    """Measure throughput, then latency, then latency beside a receiver that hangs."""
    return [
        await _throughput(directory / "throughput.db"),
        await _latency(directory / "latency"),
        await _latency_beside_hanging_receiver(directory / "hanging.db"),
    ]


async def _throughput(file: Path) -> Figure:
    database = await open_database(f"sqlite:///{file}")
    with running_receiver() as receiver:
        account_id = await database.transact(_create_account)
        await _put(database, Outbox(_accept_any_url), account_id, f"{receiver.url}/hook", DELIVERIES)
        dispatching = asyncio.create_task(_dispatcher(database).run())
        started, cpu_started = time.perf_counter(), time.process_time()
        await _wait_for_arrivals(receiver, DELIVERIES)
        elapsed, cpu = time.perf_counter() - started, time.process_time() - cpu_started
        dispatching.cancel()
        await asyncio.gather(dispatching, return_exceptions=True)
    await database.close()
    measured = f"{DELIVERIES / elapsed:,.0f} per second, {1000 * cpu / DELIVERIES:.2f} ms of CPU each"
    return Figure(f"{DELIVERIES:,} webhooks to one receiver, one core", measured, "")


async def _latency(directory: Path) -> Figure:
    with running_receiver() as receiver, ServerProcess(directory) as server:
        async with Client.open(server.url, server.key) as client:
            for _ in range(SEQUENTIAL):
                made = await client.generate(**PICTURE, webhookUrl=f"{receiver.url}/hook")
                assert [state async for state in client.follow(made["id"])]
        await _wait_for_arrivals(receiver, SEQUENTIAL)
        arrivals = receiver.arrivals()
    delays = [arrived - datetime.fromisoformat(ended or "").timestamp() for arrived, ended in arrivals.values()]
    return Figure("webhook after the end of a generation", _format(delays), "p99 under 100 ms")


async def _latency_beside_hanging_receiver(file: Path) -> Figure:
    database = await open_database(f"sqlite:///{file}")
    with running_receiver() as receiver:
        account_id = await database.transact(_create_account)
        dispatcher = _dispatcher(database)
        dispatching = asyncio.create_task(dispatcher.run())
        await _put(database, dispatcher.outbox, account_id, f"{receiver.url}/hang", HANGING)
        written_at = {}
        for _ in range(SEQUENTIAL):
            now = time.time()
            (message_id,) = await _put(database, dispatcher.outbox, account_id, _second_name(receiver.url), 1)
            written_at[message_id] = now
            await asyncio.sleep(0.005)
        await _wait_for_arrivals(receiver, SEQUENTIAL)
        arrivals = receiver.arrivals()
        dispatching.cancel()
        await asyncio.gather(dispatching, return_exceptions=True)
    await database.close()
    delays = [arrivals[message_id][0] - at for message_id, at in written_at.items()]
    return Figure(f"webhook beside {HANGING} to a receiver that hangs", _format(delays), "no slower")


def _second_name(url: str) -> str:
    """Return the receiver's URL with another host name, which has a delivery queue of its own."""
    return url.replace("127.0.0.1", "localhost") + "/hook"


def _dispatcher(database: Database) -> Dispatcher:
    http = SafeHttpClient(allowed_networks=[ip_network("127.0.0.0/8"), ip_network("::1/128")], allow_http=True)
    return Dispatcher(database, SystemClock(), http, lambda _: None)


def _accept_any_url(url: str, *, field: str) -> None:
    """Accept it."""


def _create_account(transaction: Transaction) -> str:
    account_id = create_account(transaction, name="a", plan=PlanName.FREE, at=SystemClock().now())
    open_ledger_account(transaction, LedgerAccount(account_id, True))
    return account_id


async def _put(database: Database, outbox: Outbox, account_id: str, url: str, count: int) -> list[str]:
    """Write `count` messages to the outbox and return their ids."""
    now = SystemClock().now()
    events = [
        Event(EventType.GENERATION_COMPLETED, new_id("msg", now), account_id, True, now, BODY) for _ in range(count)
    ]

    def put(part: list[Event], transaction: Transaction) -> None:
        for event in part:
            outbox.enqueue(transaction, event, url=url)

    for first in range(0, count, BATCH):
        await database.transact(partial(put, events[first : first + BATCH]))
    return [event.message_id for event in events]


async def _wait_for_arrivals(receiver: Receiver, count: int) -> None:
    async with asyncio.timeout(TIMEOUT):
        while len(await asyncio.to_thread(receiver.arrivals)) < count:
            await asyncio.sleep(0.2)


def _format(delays: list[float]) -> str:
    p99 = statistics.quantiles(delays, n=100)[98]
    return f"{1000 * statistics.median(delays):.0f} ms median, {1000 * p99:.0f} ms p99"
