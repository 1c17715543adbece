"""How soon a change reaches thousands of subscribers, and what each of them costs while nothing changes."""

import asyncio
import os
import resource
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from accounts.authentication import Authenticator
from benchmarks.fanout_server import IDS
from benchmarks.figure import Figure
from benchmarks.socket_client import Arrivals, SocketClient
from database.open import open_database
from database.transaction import Transaction
from generations import repository
from generations.requests.plan import GenerationRequest
from generations.requests.submit import submit
from kit.clock import SystemClock
from providers.backend import GenerationType
from server.dev_account import ensure_development_key
from server.settings import load_settings
from tests.support.controllable_upstream import ControllableUpstream
from tests.support.services import build_services

ROOT = Path(__file__).parent.parent
NODE_MODULES = ROOT / "tests" / "wire" / "node_modules"
SIZES = {1_000: 30, 5_000: 90}  # subscribers, and milliseconds for 99 of 100 of them
ROUNDS = 5  # after one that does not count
TOGETHER = 50  # sockets that are opened at a time
SETTLE = 1.5  # seconds of quiet before memory is read
KILOBYTE = 1024


@dataclass(frozen=True, slots=True)
class Peer:
    """A server process with its port."""

    process: asyncio.subprocess.Process
    port: int

    def memory(self) -> int:
        """Resident bytes."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def tell(self, command: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{command}\n".encode())


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians over the rounds, in milliseconds, and bytes for each subscription."""

    p50: float
    p99: float
    memory: float

    def __str__(self) -> str:
        return f"p50 {self.p50:.0f} ms, p99 {self.p99:.0f} ms, {self.memory / KILOBYTE:.1f} KB each"


async def fanout_figures(directory: Path) -> list[Figure]:
    """Nothing may be lost: a delivery that does not come ends the measurement with an error."""
    _allow_files(2 * max(SIZES) + 1_000)
    data = directory / "fanout"
    data.mkdir()
    key, ids = await _prepare(data, max(SIZES))
    ours = [sys.executable, "-m", "benchmarks.fanout_server", str(data)]
    figures = []
    for size, aim in SIZES.items():
        async with _running(ours, ROOT) as peer:
            shared = await _measure(peer, key, [ids[0]] * size, "one")
        figures.append(Figure(f"a change to {size:,} subscribers", str(shared), f"p99 {aim} ms, 30 KB"))
        async with _running(ours, ROOT) as peer:
            own = await _measure(peer, key, ids[:size], "each")
        figures.append(Figure(f"{size:,} changes, one to each", str(own), "nothing lost, 30 KB"))
        if (node := shutil.which("node")) and NODE_MODULES.is_dir():
            async with _running([node, str(ROOT / "benchmarks" / "graphql_ws.mjs")], NODE_MODULES.parent) as peer:
                theirs = await _measure(peer, key, [ids[0]] * size, "one")
            figures.append(Figure(f"the same of graphql-ws on Node, {size:,}", str(theirs), "we are faster"))
    return figures


async def _measure(peer: Peer, key: str, ids: Sequence[str], command: str) -> Measured:
    arrivals = Arrivals()
    before = peer.memory()
    clients = await _open(peer, key, ids, arrivals)
    await asyncio.sleep(SETTLE)
    each = (peer.memory() - before) / len(ids)
    rounds = []
    for _ in range(ROUNDS + 1):
        arrivals.begin()
        peer.tell(command)
        rounds.append(await arrivals.until(len(ids)))
        await asyncio.sleep(SETTLE / 5)
    for client in clients:
        client.close()
    halves = [times[len(times) // 2] * 1000 for times in rounds[1:]]
    nearly_all = [times[len(times) * 99 // 100] * 1000 for times in rounds[1:]]
    return Measured(median(halves), median(nearly_all), each)


async def _open(peer: Peer, key: str, ids: Sequence[str], arrivals: Arrivals) -> list[asyncio.BaseTransport]:
    loop = asyncio.get_running_loop()
    transports: list[asyncio.BaseTransport] = []
    for start in range(0, len(ids), TOGETHER):
        opened = await asyncio.gather(
            *(
                loop.create_connection(partial(SocketClient, key, identifier, arrivals), "127.0.0.1", peer.port)
                for identifier in ids[start : start + TOGETHER]
            )
        )
        transports += [transport for transport, _ in opened]
        await arrivals.until(len(transports))
    return transports


@asynccontextmanager
async def _running(command: list[str], directory: Path) -> AsyncIterator[Peer]:
    """The server on the first processor and this client on the others, where there are several."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=directory, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    processors = sorted(os.sched_getaffinity(0))
    if len(processors) > 1:
        os.sched_setaffinity(process.pid, processors[:1])
        os.sched_setaffinity(0, processors[1:])
    try:
        assert process.stdout is not None
        announcement = (await process.stdout.readline()).decode()
        await asyncio.sleep(SETTLE)
        yield Peer(process, int(announcement.rstrip().rpartition(":")[2]))
    finally:
        os.sched_setaffinity(0, processors)
        process.kill()
        await process.wait()


async def _prepare(directory: Path, count: int) -> tuple[str, list[str]]:
    """A data directory with so many generations that wait for ever, and the key of their owner."""
    settings = load_settings(data_directory=directory)
    database = await open_database(settings.database_url)
    clock = SystemClock()
    services = build_services(
        database, clock, ControllableUpstream(), workspace=directory / "inputs", secret=settings.secret
    )
    key = await database.transact(lambda t: ensure_development_key(t, secret=settings.secret, at=clock.now()))
    owner = await Authenticator(database, secret=settings.secret, clock=clock).authenticate(key)
    request = GenerationRequest(type=GenerationType.IMAGE, provider="flux-pro", input={"text": "a fox"})
    ids = [(await submit(services, owner, request)).generation.id for _ in range(count)]
    await database.transact(partial(_leave_alone, ids))
    await database.close()
    (directory / IDS).write_text("\n".join(ids))
    return key, ids


def _leave_alone(ids: Sequence[str], transaction: Transaction) -> None:
    """Take them from the server's work, so that they wait for ever."""
    for identifier in ids:
        repository.save(transaction.connection, identifier, {"active": False})


def _allow_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, count), hard), hard))
