"""Latency of a change to thousands of subscribers, and the memory of an idle subscription."""

import asyncio
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from accounts.authentication import Authenticator
from benchmarks.fanout_server import IDS
from benchmarks.figure import Figure
from benchmarks.peer import ROOT, SETTLE, Peer, running_peer
from benchmarks.socket_client import Arrivals, open_sockets, raise_file_limit
from database.open import open_database
from database.transaction import Transaction
from generations import repository
from generations.requests.accept import accept_generation
from generations.requests.generation_request import GenerationRequest
from kit.clock import SystemClock
from providers.backend import GenerationType
from server.dev_account import ensure_development_key
from server.settings import load_settings
from tests.support.controllable_upstream import ControllableUpstream
from tests.support.services import build_services

NODE_MODULES = ROOT / "tests" / "wire" / "node_modules"
SIZES = {1_000: 30, 5_000: 90}  # subscribers: target of p99 in milliseconds
ONE_EACH = 300  # milliseconds; the target of p99 for as many changes as there are subscribers
ROUNDS = 5  # after one round of warm-up
KILOBYTE = 1024


@dataclass(frozen=True, slots=True)
class Measurement:
    """Medians over the rounds in milliseconds, and bytes per subscription."""

    p50: float
    p99: float
    memory: float

    def __str__(self) -> str:
        return f"p50 {self.p50:.0f} ms, p99 {self.p99:.0f} ms, {self.memory / KILOBYTE:.1f} KB each"


async def fanout_figures(directory: Path) -> list[Figure]:
    """Measure both fan-outs; a lost event is an error."""
    raise_file_limit(2 * max(SIZES) + 1_000)
    data = directory / "fanout"
    data.mkdir()
    key, ids = await prepare_generations(data, max(SIZES))
    command = [sys.executable, "-m", "benchmarks.fanout_server", str(data)]
    figures = []
    for size, shared_target in SIZES.items():
        async with running_peer(command, ROOT) as peer:
            shared = await _measure(peer, key, [ids[0]] * size, "one")
        figures.append(Figure(f"a change to {size:,} subscribers", str(shared), f"p99 {shared_target} ms, 30 KB"))
        async with running_peer(command, ROOT) as peer:
            own = await _measure(peer, key, ids[:size], "each")
        target = f"p99 {ONE_EACH} ms, 30 KB" if size == max(SIZES) else "no event lost, 30 KB"
        figures.append(Figure(f"{size:,} changes, one to each", str(own), target))
        if (node := shutil.which("node")) and NODE_MODULES.is_dir():
            async with running_peer([node, str(ROOT / "benchmarks" / "graphql_ws.mjs")], NODE_MODULES.parent) as peer:
                theirs = await _measure(peer, key, [ids[0]] * size, "one")
            figures.append(Figure(f"the same with graphql-ws on Node, {size:,}", str(theirs), "slower than ours"))
    return figures


async def _measure(peer: Peer, key: str, ids: Sequence[str], command: str) -> Measurement:
    arrivals = Arrivals()
    before = peer.memory()
    clients = await open_sockets(peer.port, key, ids, arrivals)
    await asyncio.sleep(SETTLE)
    bytes_each = (peer.memory() - before) / len(ids)
    rounds = []
    for _ in range(ROUNDS + 1):
        peer.send("prepare")
        await asyncio.sleep(SETTLE / 5)
        arrivals.start()
        peer.send(command)
        rounds.append(await arrivals.wait_for(len(ids)))
    for client in clients:
        client.close()
    p50s = [times[len(times) // 2] * 1000 for times in rounds[1:]]
    p99s = [times[len(times) * 99 // 100] * 1000 for times in rounds[1:]]
    return Measurement(median(p50s), median(p99s), bytes_each)


async def prepare_generations(directory: Path, count: int) -> tuple[str, list[str]]:
    """Create generations that never end; return their owner's key and their ids."""
    settings = load_settings(data_directory=directory)
    database = await open_database(settings.database_url)
    clock = SystemClock()
    services = build_services(
        database, clock, ControllableUpstream(), workspace=directory / "inputs", secret=settings.secret
    )
    key = await database.transact(lambda t: ensure_development_key(t, secret=settings.secret, at=clock.now()))
    owner = await Authenticator(database, secret=settings.secret, clock=clock).authenticate(key)
    request = GenerationRequest(type=GenerationType.IMAGE, provider="flux-pro", input={"text": "a fox"})
    ids = [(await accept_generation(services, owner, request)).generation.id for _ in range(count)]
    await database.transact(partial(_deactivate, ids))
    await database.close()
    (directory / IDS).write_text("\n".join(ids))
    return key, ids


def _deactivate(ids: Sequence[str], transaction: Transaction) -> None:
    """Mark them as finished, so that the server does not run them."""
    for identifier in ids:
        repository.save(transaction.connection, identifier, {"has_pending_work": False})
