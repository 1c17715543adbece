"""Advisory locks: one transaction at a time among all servers of a PostgreSQL database."""

from sqlalchemy import Connection

MIGRATION = 7_046_517_003  # arbitrary ids
DEVELOPMENT_ACCOUNT = 7_046_517_015


def lock_until_commit(connection: Connection, lock: int) -> None:
    """Wait for other transactions that hold the lock, and hold it until this one ends.

    SQLite has one writer at a time, and needs none.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock})")
