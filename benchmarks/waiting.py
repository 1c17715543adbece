"""What 10,000 generations that wait cost a worker and PostgreSQL, and how many short ones workers run, without HTTP."""

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import asyncpg

from benchmarks.acceptance import ACCOUNTS, owner_of_credits
from benchmarks.figure import Figure
from database.open import open_database
from database.postgresql import PostgreSQL
from generations.execution.advance import advance
from generations.execution.postgresql_queue import PostgreSQLQueue
from generations.requests.accept import accept_generation
from generations.requests.generation_request import GenerationRequest
from kit.clock import SystemClock
from providers.backend import BackendState, GenerationType, Job, JSONObject, Snapshot
from tests.support.controllable_upstream import IMAGE_OUTPUT, ControllableUpstream
from tests.support.postgres import own_server
from tests.support.services import build_services

WAITING = 10_000
INTERVAL = 60  # seconds between the steps of one that waits
WARM_UP, MEASURED = 15, 60  # seconds
SHORT = 1_000
WORKERS = (1, 2, 4)
MAX_WAIT = 60  # seconds
MEGABYTE = 1_000_000
REQUEST = GenerationRequest(type=GenerationType.IMAGE, provider="flux-pro", input={"text": "a fox"})
COPY = """INSERT INTO generation ({columns})
    SELECT {values} FROM generation AS pattern, generate_series(1, $2::int) AS number WHERE pattern.id = $1"""
ENQUEUE = """INSERT INTO doitong_queue (priority, entrypoint, payload, dedupe_key, status, execute_after)
    SELECT 0, 'advance', convert_to(id, 'UTF8'), id, 'queued',
        now() + $1::float8 * (row_number() OVER () / $2::float8) * interval '1 second'
    FROM generation WHERE active AND id NOT IN (SELECT dedupe_key FROM doitong_queue)"""
COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_name = 'generation'"
HOLD = """UPDATE balance SET held = held + 1000000, available = available - 1000000;
    UPDATE plan_usage SET running = 1000000"""
"""So that what the copies hold can be captured."""
UNFINISHED = "SELECT count(*) FROM generation WHERE active"
WAL = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
# As in production; the server of the tests is set up to be fast.
DURABLE = ("ALTER SYSTEM SET full_page_writes = on", "ALTER SYSTEM SET synchronous_commit = on")


class CountingUpstream(ControllableUpstream):
    """An upstream that counts the polls."""

    polls = 0


class SlowUpstream(CountingUpstream):
    """Every job runs for ever, and is polled once a minute."""

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        self.polls += 1
        return Snapshot(BackendState.QUEUED, poll_after=timedelta(seconds=INTERVAL))


class FastUpstream(CountingUpstream):
    """Every job has ended at the first poll."""

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        return Snapshot(BackendState.SUCCEEDED, progress=100, outputs=(IMAGE_OUTPUT,))


UPSTREAMS: Mapping[str, type[CountingUpstream]] = {"slow": SlowUpstream, "fast": FastUpstream}


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process: on each line of its standard input it prints its CPU time, its memory and its polls."""

    process: "subprocess.Popen[str]"

    def usage(self) -> tuple[float, int, int]:
        """Return seconds of CPU, bytes of memory and the number of polls."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        cpu, memory, polls = json.loads(self.process.stdout.readline())
        return cpu, memory, polls


async def waiting_figures(directory: Path) -> list[Figure]:
    """Measure one worker with many that wait, then one to four workers with many that end at once."""
    with own_server() as server:
        url, postmaster = server.get_uri(), int((Path(server.pgdata) / "postmaster.pid").read_text().split()[0])
        connection = await asyncpg.connect(url)
        for statement in (*DURABLE, "SELECT pg_reload_conf()"):
            await connection.execute(statement)
        pattern = await _pattern(url, directory)
        figures = await _waiting(url, connection, pattern, postmaster)
        await connection.execute("TRUNCATE doitong_queue; UPDATE generation SET active = false")
        figures += [await _throughput(url, connection, pattern, postmaster, workers=count) for count in WORKERS]
        await connection.close()
    return figures


async def _waiting(url: str, connection: asyncpg.Connection, pattern: str, postmaster: int) -> list[Figure]:
    await _copy(connection, pattern, "wait", WAITING, stage="SUBMITTED")
    await connection.execute(ENQUEUE, float(INTERVAL), WAITING)
    with running_workers(url, "slow", 1) as workers:
        await asyncio.sleep(WARM_UP)
        before = (time.monotonic(), workers[0].usage(), _cpu_of_server(postmaster), await connection.fetchval(WAL))
        await asyncio.sleep(MEASURED)
        elapsed = time.monotonic() - before[0]
        cpu, memory, steps = workers[0].usage()
        server_cpu, wal = _cpu_of_server(postmaster), await connection.fetchval(WAL)
    title = f"{WAITING:,} waiting, a step each {INTERVAL} s"
    return [
        Figure(f"{title}: steps", f"{(steps - before[1][2]) / elapsed:.0f} a second", f"{WAITING / INTERVAL:.0f}"),
        Figure(f"{title}: memory of the worker", f"{memory / MEGABYTE:.0f} MB", "100 MB"),
        Figure(f"{title}: the worker", f"{100 * (cpu - before[1][0]) / elapsed:.0f} % of a core", "25 %"),
        Figure(f"{title}: PostgreSQL", f"{100 * (server_cpu - before[2]) / elapsed:.0f} % of a core", "50 %"),
        Figure(f"{title}: WAL", f"{float(wal - before[3]) * 60 / elapsed / MEGABYTE:.0f} MB a minute", ""),
    ]


async def _throughput(
    url: str, connection: asyncpg.Connection, pattern: str, postmaster: int, *, workers: int
) -> Figure:
    await _copy(connection, pattern, f"w{workers}", SHORT, stage="QUEUED")
    with running_workers(url, "fast", workers) as processes:
        before, started = _cpu_of_server(postmaster), time.monotonic()
        cpu = sum(one.usage()[0] for one in processes)
        await connection.execute(ENQUEUE, 0.0, SHORT)
        while (left := await connection.fetchval(UNFINISHED)) and time.monotonic() - started < MAX_WAIT:
            await asyncio.sleep(0.05)
        elapsed, ended = time.monotonic() - started, SHORT - left
        server_cpu = _cpu_of_server(postmaster) - before
        cpu = sum(one.usage()[0] for one in processes) - cpu
    measured = (
        f"{ended / elapsed:,.0f} a second; each {1000 * cpu / ended:.1f} ms of CPU of the workers, "
        f"{1000 * server_cpu / ended:.1f} ms of PostgreSQL"
    )
    return Figure(f"generations run by {workers} workers", measured, "")


async def _pattern(url: str, directory: Path) -> str:
    """Return a generation that was submitted, of which the others are copies."""
    database, clock = await open_database(url), SystemClock()
    assert isinstance(database, PostgreSQL)
    upstream, queue = SlowUpstream(), PostgreSQLQueue(database, clock)
    services = replace(build_services(database, clock, upstream, workspace=directory), queue=queue)
    queue.start_consuming(partial(advance, services), ())
    owners = [await owner_of_credits(database, clock) for _ in range(ACCOUNTS)]
    accepted = await accept_generation(services, owners[0], REQUEST)
    await upstream.wait_for_submissions(1)
    await queue.close()
    await database.close()
    return accepted.generation.id


async def _copy(connection: asyncpg.Connection, pattern: str, name: str, count: int, *, stage: str) -> None:
    columns = [row[0] for row in await connection.fetch(COLUMNS)]
    values = {
        "id": f"'gen_{name}_' || number",
        "account_id": "(SELECT (array_agg(id ORDER BY id))[1 + (number % count(*))::int] FROM account)",
        "active": "true",
        "stage": f"'{stage}'",
        "deadline_at": "pattern.deadline_at + interval '2 hours'",
    }
    if stage == "QUEUED":
        values |= {"attempts": "'[]'", "route": "NULL", "reference": "NULL", "started_at": "NULL"}
    names = [f'"{column}"' for column in columns]
    selected = [values.get(column, f'pattern."{column}"') for column in columns]
    await connection.execute(HOLD)
    await connection.execute(COPY.format(columns=", ".join(names), values=", ".join(selected)), pattern, count)


@contextmanager
def running_workers(url: str, upstream: str, count: int) -> Iterator[Sequence[Worker]]:
    """Run worker processes with an upstream that answers at once."""
    command = [sys.executable, "-m", "benchmarks.waiting", url, upstream]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(count)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()
        yield [Worker(process) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _cpu_of_server(postmaster: int) -> float:
    """Return the CPU time of PostgreSQL's processes in seconds, of those that have ended too."""
    total = 0
    for place in Path("/proc").glob("[0-9]*"):
        try:
            fields = (place / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if int(place.name) == postmaster:
            total += sum(map(int, fields[11:15]))
        elif int(fields[1]) == postmaster:
            total += sum(map(int, fields[11:13]))
    return total / os.sysconf("SC_CLK_TCK")


async def _work(url: str, upstream: str) -> None:
    """Work until killed."""
    database, clock = await open_database(url), SystemClock()
    assert isinstance(database, PostgreSQL)
    queue = PostgreSQLQueue(database, clock)
    backend = UPSTREAMS[upstream]()
    services = replace(build_services(database, clock, backend, workspace=Path("unused")), queue=queue)
    queue.start_consuming(partial(advance, services), ())
    print("ready", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps([*_usage(), backend.polls]), flush=True)


def _usage() -> tuple[float, int]:
    """Return the CPU time of this process in seconds, and its memory in bytes."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return used.ru_utime + used.ru_stime, pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    asyncio.run(_work(*sys.argv[1:]))
