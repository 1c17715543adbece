"""The database of the administration commands: which one, and one transaction on it."""

import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import httpx

from cli.errors import CommandError
from database.postgresql_url import redacted_url
from database.time_synchronization import TimeSynchronization
from database.transaction import Transaction
from kit.clock import AdjustedClock
from server.configured_database import open_configured_database
from server.node_directory import is_in_use
from server.settings import DEFAULT_PORT, Settings, data_directory_setting, database_file, load_settings

T = TypeVar("T")
TIMEOUT = 1  # seconds for a server on this machine to answer


def settings_of_existing_database(data_dir: Path | None) -> Settings:
    """Return the settings of a database that exists. Raises `CommandError`."""
    file = database_file(data_directory_setting(argument=data_dir))
    if file is not None and not file.exists():
        raise CommandError(f"There is no database at {file.absolute()}. {_way_out()}")
    return load_settings(data_directory=data_dir)


def select_database(data_dir: Path | None) -> Settings:
    """Return the settings of the database, and print its URL on standard error.

    Raises `CommandError` instead of creating a new database if a server runs on this machine, or in this data
    directory, with another one.
    """
    directory = data_directory_setting(argument=data_dir)
    file = database_file(directory)
    is_new = file is not None and not file.exists()
    if is_new and is_in_use(directory):
        raise CommandError(
            f"A server runs with the data directory {directory}, and its database is not {file}. {_way_out()}"
        )
    if is_new and data_dir is None and (url := _running_server()) is not None:
        raise CommandError(f"A server runs at {url}, and its database is not {file}. {_way_out()}")
    settings = load_settings(data_directory=data_dir)
    verb = "creating" if is_new else "using"
    sys.stderr.write(f"doitong: {verb} the database {redacted_url(settings.database_url)}\n")
    return settings


async def transact(settings: Settings, work: Callable[[Transaction, datetime], T]) -> T:
    """Open the database, run `work` in a transaction and close the database.

    `work` gets the present time: that of the database server on PostgreSQL, as in the servers.
    """
    database, clock = await open_configured_database(settings), AdjustedClock()
    try:
        await TimeSynchronization(database, clock).adjust()
        return await database.transact(lambda transaction: work(transaction, clock.now()))
    finally:
        await database.close()


def _running_server() -> str | None:
    url = os.environ.get("DOITONG_URL", "").strip() or f"http://127.0.0.1:{_port()}"
    try:
        response = httpx.get(f"{url.rstrip('/')}/health", timeout=TIMEOUT)
    except (httpx.HTTPError, httpx.InvalidURL):
        return None
    return url if response.status_code == httpx.codes.OK else None


def _port() -> str:
    return os.environ.get("DOITONG_PORT", "").strip() or str(DEFAULT_PORT)


def _way_out() -> str:
    return "Name the data directory of the server with --data-dir or DOITONG_DATA_DIR, or its DOITONG_DATABASE_URL."
