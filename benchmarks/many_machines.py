"""Two API nodes and three workers on one PostgreSQL: latency, and what is lost while nodes are killed."""

import asyncio
import random
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx

from benchmarks.figure import Figure
from benchmarks.webhooks import Receiver, running_receiver
from database.open import open_database
from tests.support.cluster import Cluster, Traffic
from tests.support.ledger_invariants import check_all_settled, check_ledger
from tests.support.nodes import Nodes
from tests.support.postgres import own_server

GENERATIONS = 2_000
WORKERS = 3
QUIET = 200
"""Generations before anything is killed."""
QUIET_RATE = 10  # a second
KILL_INTERVAL = 5  # seconds between kills of workers
KILLING = 60  # seconds
API_KILLS = (4, 8)
"""The kills of workers beside which an API node is killed."""
MAX_WAIT = 200
"""Seconds for the rest. A submission whose response was lost with its worker waits two minutes for a callback."""
SEED = 15
STARTS = "SELECT extract(epoch FROM started_at - created_at)::float8 FROM generation ORDER BY created_at"


@dataclass(frozen=True, slots=True)
class Upstream:
    """An emulated upstream in a process of its own: the settings that point a server at it, and its purchases."""

    settings: Mapping[str, str]
    purchases_url: str

    def purchases(self) -> list[dict[str, object]]:
        """Return every job that was bought."""
        bought: list[dict[str, object]] = httpx.get(self.purchases_url, trust_env=False).json()["purchases"]
        return bought


@contextmanager
def running_upstream() -> Iterator[Upstream]:
    """Run fal, emulated."""
    command = [sys.executable, "-m", "tests.emulators", "--only", "fal"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    settings = {}
    try:
        while not (line := process.stdout.readline().strip()).startswith("#"):
            name, _, value = line.partition("=")
            settings[name] = shlex.split(value)[0]
        yield Upstream(settings, line.rpartition(" ")[2])
    finally:
        process.kill()
        process.communicate()


async def many_machine_figures(directory: Path, *, generations: int = GENERATIONS) -> list[Figure]:
    """Submit some generations, then `generations` while nodes are killed, each followed at the other API node."""
    data = directory / "data"
    data.mkdir()
    with own_server() as server, running_upstream() as upstream, running_receiver(is_pinned=False) as receiver:
        url = server.get_uri()
        with ExitStack() as stack:
            cluster = await Cluster.start(Nodes(stack, data, url, upstream.settings), workers=WORKERS)
            key = await asyncio.to_thread(cluster.apis[0].create_key)
            async with Traffic.open(cluster, key, webhook_url=f"{receiver.url}/hook") as traffic:
                await _submit(traffic, range(QUIET), QUIET_RATE)
                await _wait(traffic)
                quiet = [_latency("starts", await _starts(url)), _latency("ends", traffic.delays)]
                traffic.delays.clear()
                started = time.monotonic()
                numbers = range(QUIET, QUIET + generations)
                async with asyncio.TaskGroup() as group:
                    group.create_task(_submit(traffic, numbers, generations / KILLING))
                    killing = group.create_task(_kill(cluster))
                await _wait(traffic)
                elapsed = time.monotonic() - started
                delivered = await _webhooks(receiver, len(set(traffic.accepted)))
            starts = (await _starts(url))[QUIET:]
        return [
            *quiet,
            Figure(
                f"{generations:,} generations in {elapsed:.0f} s", killing.result(), "12 workers, 2 API nodes killed"
            ),
            *_kept(traffic, QUIET + generations),
            _purchases(upstream, traffic),
            _delivered(delivered, len(set(traffic.accepted))),
            Figure("ledger", await _ledger(url), "balanced"),
            _latency("starts, while nodes are killed", starts),
            _latency("ends, while nodes are killed", traffic.delays),
        ]


async def _submit(traffic: Traffic, numbers: Sequence[int], rate: float) -> None:
    """Submit at a rate, or as fast as the nodes accept."""
    started = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for index, number in enumerate(numbers):
            await asyncio.sleep(max(0, started + index / rate - time.monotonic()))
            group.create_task(traffic.submit(number))


async def _kill(cluster: Cluster) -> str:
    """Kill a random worker that runs every few seconds, and each API node once; return how many were killed."""
    chosen, workers, apis = random.Random(SEED), 0, 0
    async with asyncio.TaskGroup() as replacing:
        for number in range(1, KILLING // KILL_INTERVAL + 1):
            if ready := [one for one in range(WORKERS) if one not in cluster.missing_workers]:
                replacing.create_task(cluster.replace_worker(chosen.choice(ready)))
                workers += 1
            if number in API_KILLS:
                replacing.create_task(cluster.replace_api(apis))
                apis += 1
            await asyncio.sleep(KILL_INTERVAL)
    return f"{workers} workers, {apis} API nodes killed"


async def _wait(traffic: Traffic) -> None:
    """Wait for the end of everything, but not for ever: what is missing is reported."""
    try:
        async with asyncio.timeout(MAX_WAIT):
            await traffic.until_ended()
    except TimeoutError:
        return


async def _starts(url: str) -> list[float]:
    """Return the seconds from acceptance to the start of every generation, in order of acceptance."""
    connection = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch(STARTS) if row[0] is not None]
    finally:
        await connection.close()


async def _webhooks(receiver: Receiver, count: int) -> dict[str, list[str]]:
    """Return the message ids of all deliveries by generation, once every generation has one."""
    until = time.monotonic() + 30
    while len(messages := await asyncio.to_thread(receiver.messages)) < count and time.monotonic() < until:
        await asyncio.sleep(0.5)
    return messages


async def _ledger(url: str) -> str:
    database = await open_database(url)
    try:
        await database.read(check_ledger)
        await database.read(check_all_settled)
    except AssertionError as error:
        return f"not balanced: {error}"
    finally:
        await database.close()
    return "balanced, nothing held"


def _kept(traffic: Traffic, submitted: int) -> list[Figure]:
    accepted = len(set(traffic.accepted))
    ends = [traffic.states[one] for one in set(traffic.accepted) - traffic.unended]
    completed = sum(state["status"] == "COMPLETED" for state in ends)
    return [
        Figure("accepted", f"{accepted:,} of {submitted:,}", "all"),
        Figure("subscriptions that saw the end", f"{len(ends):,}, {completed:,} of them COMPLETED", f"{accepted:,}"),
    ]


def _purchases(upstream: Upstream, traffic: Traffic) -> Figure:
    bought = upstream.purchases()
    twice = len(bought) - len({repr(one["request"]) for one in bought})
    return Figure(
        "bought upstream", f"{len(bought):,}, {twice} twice", f"at most {len(set(traffic.accepted)):,}, 0 twice"
    )


def _delivered(messages: Mapping[str, Sequence[str]], accepted: int) -> Figure:
    deliveries, ids = sum(map(len, messages.values())), sum(len(set(one)) for one in messages.values())
    measured = f"{ids:,} ids for {len(messages):,} generations, {deliveries:,} deliveries"
    return Figure("webhooks", measured, f"{accepted:,} ids")


def _latency(name: str, seconds: Sequence[float]) -> Figure:
    labels = {"starts": "from acceptance to the start", "ends": "from the end to a subscriber of the other node"}
    kind, _, rest = name.partition(", ")
    p99 = statistics.quantiles(seconds, n=100)[98]
    measured = f"{1000 * statistics.median(seconds):.0f} ms median, {1000 * p99:.0f} ms p99"
    return Figure(f"{labels[kind]}{', ' if rest else ''}{rest}", measured, "" if rest else "10 ms, 50 ms p99")
