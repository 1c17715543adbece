"""Compares the tables of a database with those that the code expects."""

from sqlalchemy import Connection, MetaData, inspect


def schema_difference(connection: Connection, metadata: MetaData) -> str | None:
    """Return the first difference that would break statements of this release, or None.

    Additional tables, and additional columns that may be left out of an INSERT, do not: a newer release may have added
    them while this one still runs.
    """
    inspector = inspect(connection)
    present = inspector.get_multi_columns()
    for table in metadata.sorted_tables:
        columns = present.get((None, table.name))
        if columns is None:
            return f"table {table.name} is missing"
        by_name = {column["name"]: column for column in columns}
        expected = [column.name for column in table.columns]
        for name in expected:
            if name not in by_name:
                return f"column {table.name}.{name} is missing"
        for name, found in by_name.items():
            if name not in expected and not found["nullable"] and found["default"] is None:
                return f"column {table.name}.{name} is not known and must not be null"
    return None
