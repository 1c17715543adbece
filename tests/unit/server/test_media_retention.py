"""Retention of files by a server, with a manual clock and each kind of store."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from server.roles.housekeeping import delete_expired
from server.settings import load_settings
from tests.support import sample_files
from tests.support.media_server import DELETE, READ, MediaServerHarness

pytestmark = pytest.mark.anyio

DAY = 86_400  # seconds


@pytest.fixture(params=["disk", "s3"])
async def media_server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MediaServerHarness]:
    settings = load_settings({}, data_directory=tmp_path / "data", dev=True)
    if request.param == "s3":
        settings = replace(settings, bucket=request.getfixturevalue("new_bucket")())
    async with MediaServerHarness.running(settings, tmp_path) as harness:
        yield harness


async def test_an_expired_output_keeps_its_metadata_and_loses_its_urls(media_server: MediaServerHarness) -> None:
    account_id, key = await media_server.create_account()
    made = await media_server.add_image(account_id)
    before = await media_server.output(key, made)
    assert await media_server.status(before["url"]) == 200
    assert await media_server.status(before["avifUrl"]) == 200

    media_server.clock.move(15 * DAY)
    after = await media_server.output(key, made)
    assert after == {**before, "url": None, "avifUrl": None}
    assert before["expiresAt"] == "2026-01-16T00:00:00.000Z"
    assert (await media_server.ask(READ, key, made))["generation"]["url"] is None
    media_server.clock.move(3601)
    await delete_expired(media_server.application.runtime.services)

    assert list(media_server.folder.glob("data/media/*/*")) == []
    assert (await media_server.output(key, made)) == after


async def test_a_file_of_two_accounts_is_deleted_with_the_last_reference(media_server: MediaServerHarness) -> None:
    (one, one_key), (two, two_key) = await media_server.create_account(), await media_server.create_account()
    first, second = await media_server.add_image(one), await media_server.add_image(two)
    assert (await media_server.output(one_key, first))["sha256"] == (await media_server.output(two_key, second))[
        "sha256"
    ]
    theirs = (await media_server.output(two_key, second))["url"]

    assert (await media_server.ask(DELETE, one_key, first))["deleteGeneration"] is True
    assert await media_server.status(theirs) == 200
    assert (await media_server.ask(DELETE, two_key, second))["deleteGeneration"] is True
    assert await media_server.status(theirs) == 404


async def test_an_upload_is_deleted_after_a_day_unless_an_output_has_the_same_content(
    media_server: MediaServerHarness,
) -> None:
    account_id, key = await media_server.create_account()
    made = await media_server.add_image(account_id, colour="red")
    addresses = []
    for name in ("same", "other"):
        picture = sample_files.picture(media_server.folder / f"{name}.png", colour="red" if name == "same" else "blue")
        headers = {"x-api-key": key, "content-type": "image/png"}
        response = await media_server.http.post("/uploads", content=picture.read_bytes(), headers=headers)
        assert response.status_code == 201, response.text
        addresses.append(response.json()["url"])
    store = media_server.application.runtime.store
    keys = [address.partition("/media/")[2].partition("/")[0] for address in addresses]

    media_server.clock.move(DAY + 3601)
    await delete_expired(media_server.application.runtime.services)

    assert (await store.stat(keys[0])).size > 0
    assert await media_server.status((await media_server.output(key, made))["url"]) == 200
    assert [await media_server.status(address) for address in addresses] == [403, 403]
    fresh = media_server.application.runtime.signer.sign(
        keys[1], expires_at=media_server.clock.now() + timedelta(hours=1), filename="x"
    )
    assert await media_server.status(f"http://server{fresh}") == 404


async def test_temporary_files_of_a_crash_are_deleted(media_server: MediaServerHarness) -> None:
    incoming = media_server.folder / "data" / "incoming"
    (incoming / "variants-x").mkdir()
    (incoming / "variants-x" / "thumbnail.webp").touch()
    (incoming / "upload-x").touch()
    (incoming / "upload-new").touch()
    now = media_server.clock.now().timestamp()
    for name, age in (("variants-x", 3 * 3600), ("upload-x", 3601), ("upload-new", 3599)):
        os.utime(incoming / name, (now - age, now - age))

    await delete_expired(media_server.application.runtime.services)

    assert [path.name for path in incoming.iterdir()] == ["upload-new"]
