"""Opening a database: connect, bring its tables up to date, hand it over."""

import re
from pathlib import Path

from sqlalchemy import Connection, inspect

from database.postgresql import PostgreSQL
from database.sqlite import SQLite
from database.transaction import Database

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 7_046_517_003  # any number, the same in every process: who holds it migrates, the others wait


async def open_database(url: str) -> Database:
    """Open `sqlite:///path` or `postgresql://…` with its tables at the newest version."""
    if url.startswith("sqlite:///"):
        file = SQLite(Path(url.removeprefix("sqlite:///")))
        file.run_sync(_migrate)
        return file
    if url.startswith(("postgresql://", "postgres://")):
        server = PostgreSQL(re.sub("^postgres:", "postgresql:", url))
        await server.run_sync(_migrate)
        return server
    scheme = url.partition(":")[0]
    raise ValueError(f"DOITONG_DATABASE_URL has the scheme {scheme!r}: give sqlite:///path or postgresql://host/name.")


def newest_revision() -> str:
    """The migration that a database must be at; files are named by number, so this needs no Alembic."""
    return max(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
    if _revision(connection) == newest_revision():
        return
    # Alembic takes a quarter of a second to import, which a start with nothing to migrate need not pay.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())
