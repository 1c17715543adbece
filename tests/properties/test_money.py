"""Random actions in random order: credits, counters and generation states stay consistent."""

from pathlib import Path

import pytest

from tests.properties.money_machine import SHRINK_TIMEOUT, run_machine, sqlite_copies
from tests.support.postgres import PostgresDatabases
from tests.support.ram_directory import ram_directory


@pytest.mark.timeout(SHRINK_TIMEOUT)
def test_the_ledger_is_consistent_on_sqlite(tmp_path: Path) -> None:
    with ram_directory() as folder:
        run_machine(sqlite_copies(folder), tmp_path, runs=30, steps=30)


@pytest.mark.timeout(SHRINK_TIMEOUT)
def test_the_ledger_is_consistent_on_postgresql(
    postgres_databases: PostgresDatabases, migrated_postgres: str, tmp_path: Path
) -> None:
    run_machine(lambda: postgres_databases.create(template=migrated_postgres), tmp_path, runs=4, steps=20)
