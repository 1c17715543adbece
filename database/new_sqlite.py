"""The tables of a new SQLite database, from a script that makes what all migrations make, without Alembic."""

from pathlib import Path

from sqlalchemy import Connection

SCRIPT = Path(__file__).parent / "migrations" / "new_sqlite.sql"  # written by `python -m scripts.print_sqlite_tables`


def is_empty_sqlite(connection: Connection) -> bool:
    """Whether this is a SQLite database without tables."""
    if connection.dialect.name != "sqlite":
        return False
    return connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1").first() is None


def create_sqlite_tables(connection: Connection) -> None:
    """Create all tables and the rows that migrations insert, in the transaction of the connection."""
    for statement in SCRIPT.read_text().removesuffix(";\n").split(";\n"):  # `executescript` would commit
        connection.exec_driver_sql(statement)
