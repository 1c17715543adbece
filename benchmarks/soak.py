"""Memory under requests that never repeat: the caches reach their bounds and hold them."""

import hashlib
import itertools
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from statistics import mean

from accounts.principal import TEST_PREFIX
from benchmarks.dialects import MUTATION, QUERY, HttpRequest
from benchmarks.exchange import exchange
from benchmarks.figure import Figure
from benchmarks.filled_database import DATABASE, Size, fill
from benchmarks.peer import ROOT, Peer, running_peer
from benchmarks.soak_server import BOUNDS
from kit.tokens import derived_token, digest
from server.dev_account import NAME
from server.settings import load_settings

SIZE = Size(completed=1_000, waiting=0)
KEYS = 21_000
MIX = {"document": 100, "key": 400, "result": 100, "generation": 80}  # requests between two samples
PADDING = "x" * 4_000  # of requests, so that they fill the caches sooner
DURATION = 110.0  # seconds at most
AFTER_BOUNDS = 20_000  # requests
UNIT = 10_000  # requests
FULL = 0.95  # of a bound: a cache that holds as much has begun to remove entries
AVERAGED = 4  # samples
MEGABYTE = 1_000_000
TARGET = "5 MB"
NUMBERS = itertools.count()


class Load:
    """Requests that no cache knows yet, of one account."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = itertools.cycle(keys)
        self._own_key = keys[0]
        self._ids = itertools.cycle(SIZE.completed_ids(SIZE.completed))

    def batch(self) -> Iterator[bytes]:
        for kind, count in MIX.items():
            for _ in range(count):
                yield getattr(self, kind)()

    def document(self) -> bytes:
        """Return a request with a new document, persisted and compiled."""
        text = QUERY.replace("query (", f"query Poll{next(NUMBERS)} (", 1) + f" #{PADDING}"
        persisted = {"version": 1, "sha256Hash": hashlib.sha256(text.encode()).hexdigest()}
        body = {"query": text, "variables": {"id": next(self._ids)}, "extensions": {"persistedQuery": persisted}}
        return HttpRequest("/graphql", body).encode(self._own_key)

    def key(self) -> bytes:
        """Return a request with another key."""
        return HttpRequest("/graphql", {"query": "{ __typename }"}).encode(next(self._keys))

    def result(self) -> bytes:
        """Return a request for a new result."""
        body = {
            "query": QUERY,
            "variables": {"id": next(self._ids)},
            "extensions": {"number": next(NUMBERS), "padding": PADDING},
        }
        return HttpRequest("/graphql", body).encode(self._own_key)

    def generation(self) -> bytes:
        """Return a request for a generation with a long prompt, which fails at once."""
        content = {"type": "IMAGE", "provider": "nano-banana-2", "input": {"text": f"test:fail {PADDING}"}}
        return HttpRequest("/graphql", {"query": MUTATION, "variables": {"input": content}}).encode(self._own_key)


async def soak_figures(directory: Path) -> list[Figure]:
    """Send requests until every cache was full several times, or the time is over."""
    data = directory / "soak"
    fill({data: SIZE})
    load = Load(_make_keys(data))
    async with running_peer([sys.executable, "-m", "benchmarks.soak_server", str(data)], ROOT) as peer:
        return await _soak(peer, load)


async def _soak(peer: Peer, load: Load) -> list[Figure]:
    url = f"http://127.0.0.1:{peer.port}"
    ends_at = time.monotonic() + DURATION
    start = peer.memory()
    largest = dict.fromkeys(BOUNDS, 0)
    samples: list[tuple[int, int]] = []  # requests and resident bytes since all caches were full
    sent = 0
    while time.monotonic() < ends_at and not (samples and samples[-1][0] - samples[0][0] >= AFTER_BOUNDS):
        await exchange(url, load.batch())
        sent += sum(MIX.values())
        sizes = await peer.ask("caches")
        largest = {name: max(size, sizes[name]) for name, size in largest.items()}
        if samples or _are_full(largest):
            samples.append((sent, peer.memory()))
    figures = [
        Figure(f"largest: {name}", f"{largest[name]:,} of {bound:,}", f"{bound:,}") for name, bound in BOUNDS.items()
    ]
    memory = f"{start / MEGABYTE:,.0f} MB at the start, {peer.memory() / MEGABYTE:,.0f} MB after {sent:,} requests"
    return [*figures, Figure("resident memory", memory, ""), _growth(samples)]


def _are_full(largest: Mapping[str, int]) -> bool:
    """Whether every cache has had to remove something, as far as its size tells."""
    return all(size >= FULL * BOUNDS[name] for name, size in largest.items())


def _growth(samples: Sequence[tuple[int, int]]) -> Figure:
    """Return the growth of the memory from the first samples to the last ones."""
    name = f"growth per {UNIT:,} requests, once all are full"
    if len(samples) < 2 * AVERAGED:
        return Figure(name, "not measured: the time was over before", TARGET)
    (first_sent, first), (last_sent, last) = (
        (mean(sent for sent, _ in part), mean(memory for _, memory in part))
        for part in (samples[:AVERAGED], samples[-AVERAGED:])
    )
    growth = (last - first) / (last_sent - first_sent) * UNIT
    return Figure(name, f"{growth / MEGABYTE:,.1f} MB over {samples[-1][0] - samples[0][0]:,} requests", TARGET)


def _make_keys(directory: Path) -> Sequence[str]:
    """Return the test key of the server and `KEYS` copies of it under other tokens."""
    secret = load_settings(data_directory=directory).secret
    own = derived_token(TEST_PREFIX, secret, NAME)
    tokens = [derived_token(TEST_PREFIX, secret, f"soak {number}") for number in range(KEYS)]
    with closing(sqlite3.connect(directory / DATABASE)) as connection, connection:
        columns = [row[1] for row in connection.execute("pragma table_info(api_key)") if row[1] not in ("id", "digest")]
        names = ", ".join(columns)
        connection.executemany(
            f"insert into api_key (id, digest, {names}) select ?, ?, {names} from api_key where digest = ?",  # noqa: S608
            [(f"key_{number:026}", digest(token, secret), digest(own, secret)) for number, token in enumerate(tokens)],
        )
    return [own, *tokens]
