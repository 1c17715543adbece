"""Migrations, and databases that are not what this release expects."""

import asyncio
import hashlib
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from database.errors import UnusableDatabase
from database.open import MIGRATIONS, open_database, revisions, run_migrations
from scripts import print_sqlite_tables
from server.configured_database import METADATA
from tests.support.postgres import PostgresDatabases

pytestmark = pytest.mark.anyio

LANDED = {
    "0001": "906b7d1bdd4153adef273beb53f5035dd7ef8140d87a01b58eea561ea2a8c816",
    "0002": "9ce14dfdfd07f55e39698266773035312b65c6adef9850da8a56e2141d939381",
    "0003": "9e390f42f0a17b5f4fa76669d3e4b8fd501ccdfdccd53b806279bb5b7d2aab21",
    "0004": "56d6f6b7bce74a53938d9fc8e64318769f4c8cd1b608c3659ed1779e4b56c000",
    "0005": "946d04d1ff6a35b8079fcc4516332a7d57646adef96ea104544acfaba8cd51cf",
    "0006": "e99e9fe59162f14e00a9a9da71955487034087fdfaa5cd397997d6e6e133e3cf",
    "0007": "50a11a9f1df71034bcb989bec0e52231157164be9cb4694cbbd697c3cdd8da85",
    "0008": "243cdd081c8163b69ccf8431f3539ac17ecf3a3cfb70754e685482cfbea7b6d7",
}
VERSIONS = "SELECT version_num FROM alembic_version"
ADD_NOT_NULL = "ALTER TABLE upload ADD COLUMN extra INTEGER NOT NULL DEFAULT 1"


def test_landed_migrations_are_unchanged() -> None:
    """Add the SHA-256 of a new migration here. A landed one is never edited: databases already have its tables."""
    files = {path.name.split("_")[0]: path for path in (MIGRATIONS / "versions").glob("[0-9]*.py")}

    assert {revision: hashlib.sha256(path.read_bytes()).hexdigest() for revision, path in files.items()} == LANDED


async def test_a_new_sqlite_database_is_what_the_migrations_make(tmp_path: Path) -> None:
    migrated, new = tmp_path / "migrated.db", tmp_path / "new.db"
    with create_engine(f"sqlite:///{migrated}").begin() as connection:
        run_migrations(connection)

    await (await open_database(f"sqlite:///{new}")).close()

    assert dump(new) == dump(migrated)


async def test_a_sqlite_database_of_an_older_release_is_migrated(tmp_path: Path) -> None:
    file = tmp_path / "older.db"
    with create_engine(f"sqlite:///{file}").begin() as connection:
        run_migrations(connection, "0001")

    await (await open_database(f"sqlite:///{file}", metadata=METADATA)).close()

    new = tmp_path / "new.db"
    await (await open_database(f"sqlite:///{new}")).close()
    assert dump(file) == dump(new)


def test_the_script_of_new_sqlite_databases_is_current() -> None:
    assert print_sqlite_tables.main(["--check"]) == 0


async def test_the_migrations_make_the_tables_of_the_code(database_url: str) -> None:
    await (await open_database(database_url, metadata=METADATA)).close()


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("ALTER TABLE api_key DROP COLUMN hint", "column api_key.hint is missing"),
        ("DROP TABLE webhook_attempt", "table webhook_attempt is missing"),
        (
            f"{ADD_NOT_NULL}; ALTER TABLE upload ALTER extra DROP DEFAULT",
            "upload.extra is not known and must not",
        ),
        (
            "UPDATE alembic_version SET version_num = '0999'; DELETE FROM installation",
            "has the schema 0999, and this release knows",
        ),
        ("DELETE FROM alembic_version", "has the schema of no release"),
    ],
)
async def test_a_newer_or_altered_database_is_refused_with_a_sentence(
    database_url: str, statement: str, problem: str
) -> None:
    if "ALTER extra" in statement and database_url.startswith("sqlite"):
        pytest.skip("SQLite cannot drop a default")
    await alter(database_url, *statement.split("; "))

    with pytest.raises(UnusableDatabase) as refused:
        await open_database(database_url, metadata=METADATA)

    assert problem in str(refused.value)
    assert "restore a backup" in str(refused.value).lower()


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE upload ADD COLUMN extra INTEGER",
        ADD_NOT_NULL,
        "CREATE TABLE extra (id INTEGER)",
    ],
)
async def test_additions_that_statements_may_ignore_are_accepted(database_url: str, statement: str) -> None:
    await alter(database_url, statement)

    await (await open_database(database_url, metadata=METADATA)).close()


@pytest.mark.parametrize(("oldest", "is_accepted"), [("0005", True), ("0999", False)])
async def test_a_newer_schema_says_whether_this_release_may_run_on_it(
    database_url: str, oldest: str, is_accepted: bool
) -> None:
    newest = max(LANDED)
    await alter(
        database_url,
        "UPDATE alembic_version SET version_num = '0999'",
        f"UPDATE installation SET value = '{oldest}'",  # noqa: S608
        ADD_NOT_NULL,
    )

    if is_accepted:
        await (await open_database(database_url, metadata=METADATA)).close()
        await alter(database_url, "INSERT INTO installation VALUES ('checked', 'x')")
    else:
        with pytest.raises(UnusableDatabase, match=f"has the schema 0999, and this release knows .*{newest}"):
            await open_database(database_url, metadata=METADATA)


async def test_servers_that_start_at_once_on_an_empty_database_migrate_it_once(
    postgres_databases: PostgresDatabases,
) -> None:
    url = postgres_databases.create()

    databases = await asyncio.gather(*(open_database(url, metadata=METADATA) for _ in range(4)))

    found = await databases[0].read(lambda connection: connection.exec_driver_sql(VERSIONS).scalars().all())
    assert found == [max(LANDED)]
    await asyncio.gather(*(database.close() for database in databases))


def test_a_migration_that_removes_or_changes_says_from_which_release_on_the_schema_works() -> None:
    """The previous release must be refused then: it would still use what is gone."""
    for path in sorted((MIGRATIONS / "versions").glob("[0-9]*.py"))[4:]:
        upgrade = path.read_text().partition("def upgrade()")[2].partition("def downgrade()")[0]
        if re.search(r"op\.(drop|alter|rename)_", upgrade):
            assert "compatible_from" in upgrade, f"{path.name} must set compatible_from in the table installation"


def test_revisions_are_in_order() -> None:
    assert list(revisions()) == sorted(LANDED)


def dump(file: Path) -> str:
    """Return the database as a script."""
    with closing(sqlite3.connect(file)) as connection:
        return "\n".join(connection.iterdump())


async def alter(url: str, *statements: str) -> None:
    database = await open_database(url)
    for statement in statements:
        await database.transact(lambda transaction, sql=statement: transaction.connection.exec_driver_sql(sql))  # type: ignore[misc]
    await database.close()
