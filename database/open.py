"""Opens a database: connects, migrates it, and compares it with the tables that the code expects."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, MetaData, inspect
from sqlalchemy.exc import SQLAlchemyError

from database.advisory_lock import MIGRATION, lock_until_commit
from database.errors import UnusableDatabase
from database.new_sqlite import create_sqlite_tables, is_empty_sqlite
from database.pool_size import DEFAULT, PoolSize
from database.postgresql_url import parse_postgresql_url, passwords_in, redacted_url, tls_mode_of
from database.schema import schema_difference
from database.shared_values import compatible_from
from database.sqlite import SQLite
from database.transaction import Database

SQLITE = "sqlite:///"
MIGRATIONS = Path(__file__).parent / "migrations"


def is_shared(url: str) -> bool:
    """Whether several servers may work on this database at a time."""
    if url.startswith(SQLITE):
        return False
    from database.postgresql import PostgreSQL

    return PostgreSQL.is_shared


async def open_database(url: str, *, metadata: MetaData | None = None, pool_size: PoolSize = DEFAULT) -> Database:
    """Open `sqlite:///path` or `postgresql://…`, migrate it, and compare it with the tables of `metadata`.

    Raises `UnusableDatabase`.
    """
    if url.startswith(SQLITE):
        return await _open_sqlite(url, metadata)
    if re.match(r"postgres(ql)?(\+\w+)?://", url, re.IGNORECASE):
        return await _open_postgresql(url, metadata, pool_size)
    scheme = re.match(r"[\w+.-]+(?=://)", url)
    is_word = re.fullmatch(r"[\w./~-]+", url)  # of other text, nothing is shown: it may have a password
    has = f"the scheme {scheme[0]!r}" if scheme else f"no scheme: {url!r}" if is_word else "no scheme"
    raise UnusableDatabase(
        f"DOITONG_DATABASE_URL has {has}. Give sqlite:////path/file.db or postgresql://user:password@host/name."
    )


async def _open_sqlite(url: str, metadata: MetaData | None) -> Database:
    file = SQLite(Path(url.removeprefix(SQLITE)))
    try:
        file.run_sync(lambda connection: _prepare(connection, metadata))
    except SQLAlchemyError as error:
        await file.close()
        raise _unusable(url, error) from error
    except UnusableDatabase:
        await file.close()
        raise
    return file


async def _open_postgresql(url: str, metadata: MetaData | None, pool_size: PoolSize) -> Database:
    from asyncpg import InterfaceError, PostgresError  # a slow import that SQLite does not need

    from database.postgresql import PostgreSQL

    server = PostgreSQL(parse_postgresql_url(url), pool_size)
    try:
        await server.run_sync(lambda connection: _prepare(connection, metadata))
    except (OSError, ValueError, SQLAlchemyError, PostgresError, InterfaceError) as error:
        await server.close()
        raise _unusable(url, error) from error
    except UnusableDatabase:
        await server.close()
        raise
    return server


def _unusable(url: str, error: Exception) -> UnusableDatabase:
    lines = str(getattr(error, "orig", None) or error).splitlines()
    reason = (lines[0] if lines else type(error).__name__).rstrip(".")
    for password in passwords_in(url):
        reason = reason.replace(password, "***")
    if mode := tls_mode_of(url, error):
        reason = f"{reason} (the connection has sslmode={mode})"
    return UnusableDatabase(f"The database {redacted_url(url)} cannot be used: {reason}.")


def _prepare(connection: Connection, metadata: MetaData | None) -> None:
    _migrate(connection)
    problem = None if metadata is None else schema_difference(connection, metadata)
    if problem is not None:
        raise UnusableDatabase(
            f"The database does not have the tables of this release: {problem}. It was altered, or made by a "
            "development version. Restore a backup, or start with a new database."
        )


@cache
def revisions() -> Sequence[str]:
    """Return all revisions, oldest first. Migration files are numbered, so this needs no Alembic."""
    return sorted(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _migrate(connection: Connection) -> None:
    lock_until_commit(connection, MIGRATION)
    revision = _revision(connection)
    if revision is None and is_empty_sqlite(connection):
        create_sqlite_tables(connection)
        revision = _revision(connection)
    if revision is None or revision < revisions()[-1]:
        run_migrations(connection)


def run_migrations(connection: Connection, revision: str = "head") -> None:
    """Run the migrations that the database does not have yet, up to this revision."""
    # Importing Alembic takes a quarter of a second, which a start without migrations avoids.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _revision(connection: Connection) -> str | None:
    """Return the revision of the database, or None for an empty one.

    Raises `UnusableDatabase` for an unknown one, unless it is newer and allows this release to run beside its own.
    """
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all()
    revision = found[0] if len(found) == 1 else None
    if revision not in revisions() and not _is_compatible(connection, revision):
        raise UnusableDatabase(
            f"The database has the schema {revision or 'of no release'}, and this release knows "
            f"{', '.join(revisions())}. Start the release that made it or a newer one, or restore a backup."
        )
    return str(revision)


def _is_compatible(connection: Connection, revision: str | None) -> bool:
    """Whether this release may run on the schema of a newer one, which has only added to what this one uses."""
    oldest = compatible_from(connection)
    return None not in (revision, oldest) and str(oldest) <= revisions()[-1] < str(revision)
