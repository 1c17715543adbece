"""Values that all servers of a database share, by name: the first one that is written stays."""

from typing import cast

from sqlalchemy import Connection, Table, inspect, select
from sqlmodel import Field

from database.conflict_insert import conflict_insert
from database.table_row import TableRow

COMPATIBLE_FROM = "compatible_from"


class InstallationRow(TableRow, table=True):
    """A value that every server of the database shares."""

    __tablename__ = "installation"

    name: str = Field(primary_key=True)
    value: str


installation = cast(Table, InstallationRow.__table__)  # type: ignore[attr-defined]


def shared_value(connection: Connection, name: str, value: str) -> str:
    """Return the value of that name; without one, store `value` and return it."""
    statement = conflict_insert(installation, connection.dialect.name).on_conflict_do_nothing()
    connection.execute(statement, {"name": name, "value": value})
    return str(connection.execute(select(installation.c.value).where(installation.c.name == name)).scalar_one())


def compatible_from(connection: Connection) -> str | None:
    """Return the oldest revision whose release may run on this schema, or None if no migration says so."""
    if not inspect(connection).has_table(installation.name):
        return None
    found = connection.execute(select(installation.c.value).where(installation.c.name == COMPATIBLE_FROM)).scalar()
    return None if found is None else str(found)
