"""Values that all servers of a database share, by name: the first one that is written stays."""

from typing import cast

from sqlalchemy import Connection, Table, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field

from database.row import Row

COMPATIBLE_FROM = "compatible_from"


class InstallationRow(Row, table=True):
    """A value that every server of the database shares."""

    __tablename__ = "installation"

    name: str = Field(primary_key=True)
    value: str


installation = cast(Table, InstallationRow.__table__)  # type: ignore[attr-defined]


def shared_value(connection: Connection, name: str, value: str) -> str:
    """Return the value of that name; without one, store `value` and return it."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(installation).on_conflict_do_nothing(), {"name": name, "value": value})
    return str(connection.execute(select(installation.c.value).where(installation.c.name == name)).scalar_one())


def compatible_from(connection: Connection) -> str | None:
    """Return the oldest revision whose release may run on this schema, or None if no migration says so."""
    if not inspect(connection).has_table(installation.name):
        return None
    found = connection.execute(select(installation.c.value).where(installation.c.name == COMPATIBLE_FROM)).scalar()
    return None if found is None else str(found)
