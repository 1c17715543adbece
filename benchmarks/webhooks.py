"""How many webhooks one process delivers a second, how soon after the end the first attempt comes, and past whom."""

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

from accounts.keys import create_account
from accounts.plans import PlanName
from benchmarks.figure import Figure
from cli.client.graphql_client import Client
from credits.ledger import Book, open_book
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
SINGLE = 200  # generations one after the other
HANGING = 500
BATCH = 500
PATIENCE = 120.0  # seconds
BODY = {"status": "completed", "url": None, "service": "flux-pro", "creditCost": 20, "version": 5}
PICTURE = {
    "type": "IMAGE",
    "provider": "flux-pro",
    "input": {"text": "a fox"},
    "options": {"width": 64, "height": 64},
}


@dataclass(frozen=True, slots=True)
class Receiver:
    """A process of its own that takes what it is sent."""

    url: str

    def arrivals(self) -> dict[str, tuple[float, str | None]]:
        """When each message first came, in seconds since the epoch, and the end that it told of."""
        times: dict[str, tuple[float, str | None]] = httpx.get(f"{self.url}/arrivals", trust_env=False).json()
        return times


@contextmanager
def a_receiver() -> Iterator[Receiver]:
    """On the second core where there is one, with this process on the first."""
    cores = os.sched_getaffinity(0)
    command = [sys.executable, "-m", "benchmarks.webhook_receiver"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    receiver = Receiver(f"http://127.0.0.1:{process.stdout.readline().strip()}")
    os.sched_setaffinity(process.pid, {max(cores)})
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield receiver
    finally:
        os.sched_setaffinity(0, cores)
        process.kill()
        process.communicate()


async def webhook_figures(directory: Path) -> list[Figure]:
    """Ten thousand to one healthy receiver; then one at a time; then past one that hangs."""
    return [
        await _many(directory / "many.db"),
        await _single(directory / "single"),
        await _past_a_hanging_one(directory / "hanging.db"),
    ]


async def _many(file: Path) -> Figure:
    database = await open_database(f"sqlite:///{file}")
    with a_receiver() as receiver:
        account_id = await database.transact(_an_account)
        await _put(database, Outbox(_any_address), account_id, f"{receiver.url}/hook", DELIVERIES)
        dispatching = asyncio.create_task(_dispatcher(database).run())
        begun, used = time.perf_counter(), time.process_time()
        await _until_done(receiver, DELIVERIES)
        seconds, busy = time.perf_counter() - begun, time.process_time() - used
        dispatching.cancel()
        await asyncio.gather(dispatching, return_exceptions=True)
    await database.close()
    measured = f"{DELIVERIES / seconds:,.0f} a second, {1000 * busy / DELIVERIES:.2f} ms of CPU each"
    return Figure(f"{DELIVERIES:,} webhooks to one receiver, one core", measured, "")


async def _single(directory: Path) -> Figure:
    with a_receiver() as receiver, ServerProcess(directory) as server:
        async with Client.open(server.url, server.key) as client:
            for _ in range(SINGLE):
                made = await client.generate(**PICTURE, webhookUrl=f"{receiver.url}/hook")
                assert [state async for state in client.follow(made["id"])]
        await _until_done(receiver, SINGLE)
        arrivals = receiver.arrivals()
    delays = [came - datetime.fromisoformat(ended or "").timestamp() for came, ended in arrivals.values()]
    return Figure("webhook after the end of a generation", _said(delays), "p99 under 100 ms")


async def _past_a_hanging_one(file: Path) -> Figure:
    database = await open_database(f"sqlite:///{file}")
    with a_receiver() as receiver:
        account_id = await database.transact(_an_account)
        dispatcher = _dispatcher(database)
        dispatching = asyncio.create_task(dispatcher.run())
        await _put(database, dispatcher.outbox, account_id, f"{receiver.url}/hang", HANGING)
        written = {}
        for _ in range(SINGLE):
            at = time.time()
            (message_id,) = await _put(database, dispatcher.outbox, account_id, _another(receiver.url), 1)
            written[message_id] = at
            await asyncio.sleep(0.005)
        await _until_done(receiver, SINGLE)
        arrivals = receiver.arrivals()
        dispatching.cancel()
        await asyncio.gather(dispatching, return_exceptions=True)
    await database.close()
    delays = [arrivals[name][0] - at for name, at in written.items()]
    return Figure(f"webhook beside {HANGING} to a receiver that hangs", _said(delays), "no later")


def _another(url: str) -> str:
    """The same receiver under another name, and so another lane."""
    return url.replace("127.0.0.1", "localhost") + "/hook"


def _dispatcher(database: Database) -> Dispatcher:
    guard = SafeHttpClient(allow=[ip_network("127.0.0.0/8"), ip_network("::1/128")], allow_http=True)
    return Dispatcher(database, SystemClock(), guard, lambda _: None)


def _any_address(url: str, *, field: str) -> None:
    """Take it."""


def _an_account(transaction: Transaction) -> str:
    account_id = create_account(transaction, name="a", plan=PlanName.FREE, at=SystemClock().now())
    open_book(transaction, Book(account_id, True))
    return account_id


async def _put(database: Database, outbox: Outbox, account_id: str, url: str, count: int) -> list[str]:
    """Write so many messages; their ids."""
    now = SystemClock().now()
    events = [
        Event(EventType.GENERATION_COMPLETED, new_id("msg", now), account_id, True, now, BODY) for _ in range(count)
    ]

    def put(part: list[Event], transaction: Transaction) -> None:
        for event in part:
            outbox.put(transaction, event, url=url)

    for first in range(0, count, BATCH):
        await database.transact(partial(put, events[first : first + BATCH]))
    return [event.message_id for event in events]


async def _until_done(receiver: Receiver, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(await asyncio.to_thread(receiver.arrivals)) < count:
            await asyncio.sleep(0.2)


def _said(delays: list[float]) -> str:
    p99 = statistics.quantiles(delays, n=100)[98]
    return f"{1000 * statistics.median(delays):.0f} ms median, {1000 * p99:.0f} ms p99"
