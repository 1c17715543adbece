"""Advisory locks: one transaction at a time among all servers of a PostgreSQL database."""

from sqlalchemy import Connection, text

MIGRATION = 7_046_517_003  # arbitrary ids
DEVELOPMENT_ACCOUNT = 7_046_517_015
UPSTREAM_SLOTS = 704_651  # of locks by name, whose ids have 32 bits
_LOCK_NAME = text("SELECT pg_advisory_xact_lock(CAST(:lock AS integer), hashtext(:name))")


def lock_until_commit(connection: Connection, lock: int) -> None:
    """Wait for other transactions that hold the lock, and hold it until this one ends.

    SQLite has one writer at a time, and needs none.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock})")


def lock_name_until_commit(connection: Connection, lock: int, name: str) -> None:
    """Wait as `lock_until_commit` does, for other transactions with the same name."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK_NAME, {"lock": lock, "name": name})
