"""A fault at every await from acceptance to settlement: all of it happened or none, and it goes on from there."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal

from database.open import open_database
from generations.generation import Status
from tests.faults.fuse import Fault, FaultInjector
from tests.faults.stories import COMPLETES, STORIES
from tests.faults.trial import Story, Trial
from tests.fixtures.postgres import PostgresDatabases
from tests.properties.memory import memory_folder

pytestmark = pytest.mark.anyio

ALL = [(story, moment) for story in STORIES for moment in story.moments]
ON_A_SERVER = [(COMPLETES, moment) for moment in COMPLETES.moments]


@pytest.fixture(scope="module")
def sqlite_file() -> Iterator[str]:
    """One database for all the faults: every trial leaves it settled, which the next one checks again."""
    with memory_folder() as folder:
        url = f"sqlite:///{folder / 'test.db'}"
        asyncio.run(_migrate(url))
        yield url


@pytest.fixture(scope="module")
def postgres_server(postgres_url: str, postgres_portal: BlockingPortal, migrated_postgres: str) -> Iterator[str]:
    databases = PostgresDatabases(postgres_url, postgres_portal)
    yield databases.create(template=migrated_postgres)
    databases.drop_all()


def named(value: object) -> str:
    return value.name if isinstance(value, Story) else str(value)


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize(("story", "moment"), ALL, ids=named)
async def test_on_sqlite_all_of_it_happened_or_none(
    story: Story, moment: str, fault: Fault, sqlite_file: str, tmp_path: Path
) -> None:
    await live_through(story, moment, fault, sqlite_file, tmp_path)


@pytest.mark.parametrize("fault", [Fault.RAISES, Fault.DIES])
@pytest.mark.parametrize(("story", "moment"), ON_A_SERVER, ids=named)
async def test_on_postgresql_all_of_it_happened_or_none(
    story: Story, moment: str, fault: Fault, postgres_server: str, tmp_path: Path
) -> None:
    await live_through(story, moment, fault, postgres_server, tmp_path)


@pytest.mark.parametrize("story", STORIES, ids=named)
async def test_the_moments_of_a_story_are_all_there_are(story: Story, sqlite_file: str, tmp_path: Path) -> None:
    fuse = FaultInjector()
    ended = await (await Trial.open(story, sqlite_file, tmp_path, fuse)).tell()

    assert ended.status is story.ends
    assert sorted(fuse.passed) == sorted(story.moments)


async def live_through(story: Story, moment: str, fault: Fault, url: str, workspace: Path) -> None:
    fuse = FaultInjector(moment, fault)
    trial = await Trial.open(story, url, workspace, fuse)

    ended = await trial.tell()

    assert fuse.blown.is_set()
    if moment in story.unsure:
        assert ended.status in (story.ends, Status.FAILED)
    else:
        assert ended.status is story.ends


async def _migrate(url: str) -> None:
    await (await open_database(url)).close()
