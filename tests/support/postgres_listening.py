"""Two processes on one PostgreSQL database, in one: what each hears of the other, and cutting its LISTEN connection."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from database.open import open_database
from database.transaction import Database
from tests.support.postgres import PostgresDatabases
from tests.support.use_case_harness import TIMEOUT

CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = $1 AND (query LIKE 'LISTEN%' OR query = 'SELECT pg_listening_channels()')
"""


@dataclass
class Received:
    """The payloads that arrived on a channel, and how often listening began."""

    payloads: list[str] = field(default_factory=list)
    gaps: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def receive(self, payload: str) -> None:
        self.payloads.append(payload)
        self.arrived.set()

    def on_listening(self) -> None:
        self.gaps += 1
        self.arrived.set()

    async def until(self, *, payloads: int = 0, gaps: int = 0) -> None:
        """Wait for so many of each."""
        async with asyncio.timeout(TIMEOUT):
            while len(self.payloads) < payloads or self.gaps < gaps:
                self.arrived.clear()
                await self.arrived.wait()

    async def until_one_begins(self, beginning: str) -> None:
        """Wait for a payload with this beginning."""
        async with asyncio.timeout(TIMEOUT):
            while not any(payload.startswith(beginning) for payload in self.payloads):
                self.arrived.clear()
                await self.arrived.wait()


@dataclass(frozen=True)
class TwoNodes:
    """Two `Database`s with connections of their own, as two processes have; `there` logs in as `role`."""

    here: Database
    there: Database
    url: str
    there_url: str
    server_url: str
    role: str

    async def cut_listening(self) -> int:
        """Terminate the LISTEN connections; return how many there were."""
        return len(await _fetch(self.server_url, CUT, urlsplit(self.url).path.removeprefix("/")))

    async def stop_listening(self) -> None:
        """Terminate the LISTEN connections, and refuse new ones of `there` until `allow_listening`."""
        await _fetch(self.server_url, f"ALTER ROLE {self.role} NOLOGIN")
        await self.cut_listening()

    async def allow_listening(self) -> None:
        await _fetch(self.server_url, f"ALTER ROLE {self.role} LOGIN")


async def _fetch(url: str, statement: str, *parameters: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        rows: list[asyncpg.Record] = await connection.fetch(statement, *parameters)
        return rows
    finally:
        await connection.close()


@pytest.fixture
async def two_nodes(postgres_databases: PostgresDatabases, migrated_postgres: str) -> AsyncIterator[TwoNodes]:
    url = postgres_databases.create(template=migrated_postgres)
    parts = urlsplit(url)
    role = f"node_of_{parts.path.removeprefix('/')}"
    await _fetch(url, f"CREATE ROLE {role} SUPERUSER LOGIN PASSWORD '{role}'")
    there_url = urlunsplit(parts._replace(netloc=f"{role}:{role}@{parts.netloc.rpartition('@')[2]}"))
    here, there = await open_database(url), await open_database(there_url)
    yield TwoNodes(here, there, url, there_url, postgres_databases.url, role)
    await here.close()
    await there.close()
    await _fetch(url, f"DROP ROLE {role}")
