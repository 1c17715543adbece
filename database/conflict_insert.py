"""`INSERT … ON CONFLICT`, which SQLAlchemy has in the dialect of each database."""

from typing import TYPE_CHECKING, Union

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def conflict_insert(table: Table, dialect: str) -> Union[sqlite.Insert, "postgresql.Insert"]:
    """Return an `INSERT` for the dialect of a connection, by its name, which may say what happens on a conflict."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # a slow import that SQLite does not need

        return postgresql.insert(table)
    return sqlite.insert(table)
