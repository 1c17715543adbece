"""A server restarts under thousands of subscribers, who all connect again at once and want their current state."""

import sys
import time
from pathlib import Path

from benchmarks.fanout import prepare_generations
from benchmarks.figure import Figure
from benchmarks.peer import ROOT, running_peer
from benchmarks.pinned import cpu_seconds
from benchmarks.socket_client import Arrivals, open_sockets, raise_file_limit

SUBSCRIBERS = 5_000
AT_ONCE = 500  # sockets whose handshakes overlap
ROUNDS = 3  # restarts
TARGET = "5 s"


async def reconnect_figures(directory: Path) -> list[Figure]:
    """Measure from the first connection to the last current state, with a new server process for each round."""
    raise_file_limit(2 * SUBSCRIBERS + 1_000)
    data = directory / "reconnect"
    data.mkdir()
    key, ids = await prepare_generations(data, SUBSCRIBERS)
    command = [sys.executable, "-m", "benchmarks.fanout_server", str(data)]
    figures = []
    for name, followed in (("of one generation", [ids[0]] * SUBSCRIBERS), ("of one generation each", ids)):
        rounds = []
        for _ in range(ROUNDS):
            async with running_peer(command, ROOT) as peer:
                rounds.append(await _reconnect(peer.port, peer.process.pid, key, followed))
        elapsed, cpu = sorted(rounds)[ROUNDS // 2]
        measured = f"{elapsed:.1f} s, {cpu:.1f} s of CPU, {1e6 * cpu / SUBSCRIBERS:,.0f} µs each"
        figures.append(Figure(f"{SUBSCRIBERS:,} subscribers {name} are back", measured, TARGET))
    return figures


async def _reconnect(port: int, process_id: int, key: str, ids: list[str]) -> tuple[float, float]:
    """Return the seconds until the last of them has its state, and the CPU seconds of the server."""
    cpu_before, started = cpu_seconds(process_id), time.perf_counter()
    sockets = await open_sockets(port, key, ids, Arrivals(), at_once=AT_ONCE)
    spent = time.perf_counter() - started, cpu_seconds(process_id) - cpu_before
    for socket in sockets:
        socket.close()
    return spent
