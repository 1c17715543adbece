"""Files that were stored for a generation that did not end with them, and those whose storing was broken off."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from accounts.keys import Principal
from generations.execution.advance import advance
from generations.generation import Status
from generations.requests.cancel import cancel
from generations.requests.delete import delete
from kit.outbound import SafeHttpClient
from media.disk import DiskStore
from media.library import MediaLibrary
from media.retention import clear_pins
from media.store import Stored
from providers.backend import Output
from tests.fixtures.heart import PATIENCE, UseCaseHarness
from tests.unit.media import sample_files

pytestmark = pytest.mark.anyio


class SlowToTake(DiskStore):
    """A store that has the first file and says so only when it may."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.has_taken, self.may_answer = asyncio.Event(), asyncio.Event()

    async def put(self, path: Path, media_type: str) -> Stored:
        stored = await super().put(path, media_type)
        self.has_taken.set()
        await self.may_answer.wait()
        return stored


@pytest.fixture
async def store(heart: UseCaseHarness, tmp_path: Path) -> AsyncIterator[SlowToTake]:
    """What `heart` keeps its outputs in."""
    store = SlowToTake(tmp_path / "store")
    opened = MediaLibrary.open(
        store=store, guard=SafeHttpClient(), incoming=tmp_path / "incoming", database=heart.database, clock=heart.clock
    )
    async with opened as library:
        heart.services = replace(heart.services, library=library)
        heart.queue.resume(partial(advance, heart.services), ())
        yield store
        await heart.kill()


def files(folder: Path) -> list[Path]:
    return [path for path in (folder / "store").rglob("*") if path.is_file()]


async def storing(heart: UseCaseHarness, store: SlowToTake, tmp_path: Path) -> tuple[Principal, str]:
    """An account and its generation, of which a file has just been stored."""
    owner = await heart.an_account()
    accepted = await heart.accept(owner)
    picture = sample_files.picture(tmp_path / "a.png")
    heart.upstream.finish(accepted.id, Output(media_type="image/png", path=picture))
    async with asyncio.timeout(PATIENCE):
        await store.has_taken.wait()
    return owner, accepted.id


async def test_what_is_stored_for_a_cancelled_generation_is_deleted(
    heart: UseCaseHarness, store: SlowToTake, tmp_path: Path
) -> None:
    owner, generation_id = await storing(heart, store, tmp_path)
    assert files(tmp_path) != []
    await cancel(heart.services, owner, generation_id)
    store.may_answer.set()

    assert (await heart.tidied(generation_id)).status is Status.CANCELLED
    assert files(tmp_path) == []


async def test_what_was_being_stored_when_the_server_died_goes_with_the_generation(
    heart: UseCaseHarness, store: SlowToTake, tmp_path: Path
) -> None:
    owner, generation_id = await storing(heart, store, tmp_path)
    await heart.kill()
    store.may_answer.set()
    await heart.database.transact(clear_pins)
    await heart.restart()

    ended = await heart.tidied(generation_id)
    assert ended.status is Status.COMPLETED
    await delete(heart.services, owner, generation_id)
    assert files(tmp_path) == []
