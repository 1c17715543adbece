"""Stored files of cancelled generations, and of a server that was killed while it stored them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from accounts.principal import Principal
from generations.execution.advance import advance
from generations.generation import Status
from generations.requests.cancel import cancel
from generations.requests.delete import delete
from kit.outbound import SafeHttpClient
from media.disk import DiskStore
from media.file_references import clear_pins
from media.library import MediaLibrary
from media.store import StoredFile
from providers.backend import Output
from tests.support import sample_files
from tests.support.use_case_harness import TIMEOUT, UseCaseHarness

pytestmark = pytest.mark.anyio


class SlowConfirmation(DiskStore):
    """A store whose `put` returns only after `may_respond` is set."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.has_stored, self.may_respond = asyncio.Event(), asyncio.Event()

    async def put(self, path: Path, media_type: str) -> StoredFile:
        stored = await super().put(path, media_type)
        self.has_stored.set()
        await self.may_respond.wait()
        return stored


@pytest.fixture
async def store(use_cases: UseCaseHarness, tmp_path: Path) -> AsyncIterator[SlowConfirmation]:
    """The store that `use_cases` saves outputs in."""
    store = SlowConfirmation(tmp_path / "store")
    opened = MediaLibrary.open(
        store=store,
        http_client=SafeHttpClient(),
        incoming=tmp_path / "incoming",
        database=use_cases.database,
        clock=use_cases.clock,
    )
    async with opened as library:
        use_cases.services = replace(use_cases.services, library=library)
        use_cases.queue.start_consuming(partial(advance, use_cases.services), ())
        yield store
        await use_cases.kill()


def stored_files(folder: Path) -> list[Path]:
    return [path for path in (folder / "store").rglob("*") if path.is_file()]


async def generation_being_stored(
    use_cases: UseCaseHarness, store: SlowConfirmation, tmp_path: Path
) -> tuple[Principal, str]:
    """Return an account and its generation, whose file is written but not yet confirmed."""
    owner = await use_cases.create_account()
    accepted = await use_cases.accept(owner)
    picture = sample_files.picture(tmp_path / "a.png")
    use_cases.upstream.finish(accepted.id, Output(media_type="image/png", path=picture))
    async with asyncio.timeout(TIMEOUT):
        await store.has_stored.wait()
    return owner, accepted.id


async def test_the_files_of_a_cancelled_generation_are_deleted(
    use_cases: UseCaseHarness, store: SlowConfirmation, tmp_path: Path
) -> None:
    owner, generation_id = await generation_being_stored(use_cases, store, tmp_path)
    assert stored_files(tmp_path) != []
    await cancel(use_cases.services, owner, generation_id)
    store.may_respond.set()

    assert (await use_cases.wait_until_inactive(generation_id)).status is Status.CANCELLED
    assert stored_files(tmp_path) == []


async def test_files_stored_during_a_crash_are_deleted_with_the_generation(
    use_cases: UseCaseHarness, store: SlowConfirmation, tmp_path: Path
) -> None:
    owner, generation_id = await generation_being_stored(use_cases, store, tmp_path)
    await use_cases.kill()
    store.may_respond.set()
    await use_cases.database.transact(clear_pins)
    await use_cases.restart()

    ended = await use_cases.wait_until_inactive(generation_id)
    assert ended.status is Status.COMPLETED
    await delete(use_cases.services, owner, generation_id)
    assert stored_files(tmp_path) == []
