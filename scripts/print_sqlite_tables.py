"""Writes the script of a new SQLite database from the migrations or, with --check, verifies that it is current."""

import sqlite3
import sys
from collections.abc import Sequence
from typing import cast

from sqlalchemy import create_engine

from database.new_sqlite import SCRIPT
from database.open import run_migrations


def text() -> str:
    """Return the statements that make what all migrations make."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        run_migrations(connection)
        driver = cast(sqlite3.Connection, connection.connection.driver_connection)
        return "\n".join([*driver.iterdump()][1:-1]) + "\n"  # without BEGIN and COMMIT


def main(arguments: Sequence[str]) -> int:
    """Write or compare the file; return the exit code."""
    if "--check" not in arguments:
        SCRIPT.write_text(text())
        return 0
    if SCRIPT.read_text() == text():
        return 0
    sys.stderr.write(f"{SCRIPT.name} is not current: run `python -m scripts.print_sqlite_tables` and commit it\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
