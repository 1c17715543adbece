"""A server whose bucket does not respond: errors come within seconds, and deleted files stay deleted."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from media.file_references import MAX_DELETION_TIME
from server.roles.housekeeping import RETRY
from server.settings import load_settings
from tests.support import sample_files
from tests.support.interruptible_s3 import InterruptibleS3
from tests.support.log_events import events_of
from tests.support.media_server import DELETE, READ, MediaServerHarness

pytestmark = [pytest.mark.anyio, pytest.mark.serial]

MAX_SECONDS = 10
OUTAGE = (503, "PROVIDER_UNAVAILABLE", True)


@pytest.fixture
async def media_server(interruptible_s3: InterruptibleS3, tmp_path: Path) -> AsyncIterator[MediaServerHarness]:
    settings = replace(load_settings({}, data_directory=tmp_path / "data", dev=True), bucket=interruptible_s3.location)
    async with MediaServerHarness.running(settings, tmp_path) as harness:
        yield harness


def error_of(response: httpx.Response) -> tuple[int, str, bool]:
    [error] = response.json()["errors"]
    return response.status_code, error["extensions"]["code"], error["extensions"]["retryable"]


@pytest.mark.parametrize("state", ["frozen", "stopped"])
async def test_an_outage_is_a_503_without_a_traceback(
    media_server: MediaServerHarness, interruptible_s3: InterruptibleS3, caplog: pytest.LogCaptureFixture, state: str
) -> None:
    account_id, key = await media_server.create_account()
    output = await media_server.output(key, await media_server.add_image(account_id))
    other = sample_files.picture(media_server.folder / "other.png", colour="blue").read_bytes()
    interruptible_s3.interrupt(state)

    started = time.monotonic()
    got, head, avif, upload = await asyncio.gather(
        media_server.http.get(output["url"]),
        media_server.http.head(output["url"]),
        media_server.http.get(output["avifUrl"]),
        media_server.http.post("/uploads", content=other, headers={"x-api-key": key, "content-type": "image/png"}),
    )

    assert time.monotonic() - started < MAX_SECONDS
    assert [error_of(response) for response in (got, avif, upload)] == [OUTAGE] * 3
    assert head.status_code == 503
    assert {record.levelno for record in caplog.records} == {logging.WARNING}
    assert not any(record.exc_info for record in caplog.records)
    assert list((media_server.folder / "data" / "incoming").iterdir()) == []


async def test_a_deletion_during_an_outage_is_finished_after_it(
    media_server: MediaServerHarness, interruptible_s3: InterruptibleS3, caplog: pytest.LogCaptureFixture
) -> None:
    before = interruptible_s3.files()
    account_id, key = await media_server.create_account()
    made = await media_server.add_image(account_id, colour="olive")
    output = await media_server.output(key, made)
    assert await media_server.status(output["avifUrl"]) == 200
    addresses = [output["url"], output["avifUrl"]]
    interruptible_s3.freeze()

    started = time.monotonic()
    assert (await media_server.ask(DELETE, key, made))["deleteGeneration"] is True
    assert time.monotonic() - started < MAX_SECONDS
    assert [logged["event"] for logged in events_of(caplog)] == ["media_store_failed", "files_not_deleted"]
    assert [await media_server.status(address) for address in addresses] == [404, 404]
    assert (await media_server.ask(READ, key, made))["generation"] is None
    interruptible_s3.resume()
    assert interruptible_s3.files() > before

    media_server.clock.move(max(MAX_DELETION_TIME, RETRY).total_seconds())
    async with asyncio.timeout(MAX_SECONDS):
        while interruptible_s3.files() > before:
            await asyncio.sleep(0.05)
