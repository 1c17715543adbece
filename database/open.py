"""Opens a database: connects and migrates it."""

import re
from pathlib import Path

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import SQLAlchemyError

from database.sqlite import SQLite
from database.transaction import Database

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 7_046_517_003  # an arbitrary advisory lock id; its holder migrates, other processes wait


class UnusableDatabase(Exception):
    """The database cannot be opened. The message names it without its password."""


async def open_database(url: str) -> Database:
    """Open `sqlite:///path` or `postgresql://…` and migrate it to the newest revision. Raises `UnusableDatabase`."""
    if url.startswith("sqlite:///"):
        return await _open_sqlite(url)
    if url.startswith(("postgresql://", "postgres://")):
        return await _open_postgresql(url)
    scheme = url.partition(":")[0]
    raise UnusableDatabase(
        f"DOITONG_DATABASE_URL has the scheme {scheme!r}: give sqlite:///path or postgresql://host/name."
    )


async def _open_sqlite(url: str) -> Database:
    file = SQLite(Path(url.removeprefix("sqlite:///")))
    try:
        file.run_sync(_migrate)
    except SQLAlchemyError as error:
        await file.close()
        raise _unusable(url, error) from error
    return file


async def _open_postgresql(url: str) -> Database:
    from asyncpg import PostgresError  # a slow import that SQLite does not need

    from database.postgresql import PostgreSQL

    try:
        server = PostgreSQL(re.sub("^postgres:", "postgresql:", url))
    except (SQLAlchemyError, ValueError) as error:
        raise _unusable(url, error) from error
    try:
        await server.run_sync(_migrate)
    except (OSError, SQLAlchemyError, PostgresError) as error:
        await server.close()
        raise _unusable(url, error) from error
    return server


def _unusable(url: str, error: Exception) -> UnusableDatabase:
    reason = str(getattr(error, "orig", None) or error).splitlines()[0].rstrip(".")
    return UnusableDatabase(f"The database {redacted_url(url)} cannot be used: {reason}.")


def redacted_url(url: str) -> str:
    """Return the URL without its password."""
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)


def newest_revision() -> str:
    """Return the newest revision. Migration files are numbered, so this needs no Alembic."""
    return max(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
    if _revision(connection) == newest_revision():
        return
    # Importing Alembic takes a quarter of a second, which a start without migrations avoids.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise UnusableDatabase(f"The database was made by another release of this server: {error}") from error


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())
