"""A server whose bucket does not answer: clients hear so within seconds, and nothing deleted comes back."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from media.retention import MAX_DELETION_TIME
from server.application import Application
from server.roles.housekeeping import RETRY
from server.settings import load_settings
from tests.fixtures.clock import ManualClock
from tests.fixtures.outages import FragileS3
from tests.unit.media import sample_files
from tests.unit.server.test_kept_files import DELETE, READ, House

pytestmark = pytest.mark.anyio

MOST = 10  # seconds
OUTAGE = (503, "PROVIDER_UNAVAILABLE", True)


@pytest.fixture
async def house(fragile_s3: FragileS3, tmp_path: Path) -> AsyncIterator[House]:
    settings = replace(load_settings({}, data_directory=tmp_path / "data", dev=True), bucket=fragile_s3.location)
    clock = ManualClock()
    application = Application(settings, clock=clock)
    transport = httpx.ASGITransport(application.asgi())
    async with application.running(), httpx.AsyncClient(transport=transport, base_url="http://house") as http:
        yield House(application, clock, http, tmp_path)


def told(answer: httpx.Response) -> tuple[int, str, bool]:
    [error] = answer.json()["errors"]
    return answer.status_code, error["extensions"]["code"], error["extensions"]["retryable"]


@pytest.mark.parametrize("state", ["frozen", "stopped"])
async def test_an_outage_is_a_coded_503_and_no_traceback(
    house: House, fragile_s3: FragileS3, caplog: pytest.LogCaptureFixture, state: str
) -> None:
    account_id, key = await house.an_account()
    output = await house.output(key, await house.a_picture(account_id))
    other = sample_files.picture(house.folder / "other.png", colour="blue").read_bytes()
    fragile_s3.break_down(state)

    begun = time.monotonic()
    got, head, avif, upload = await asyncio.gather(
        house.http.get(output["url"]),
        house.http.head(output["url"]),
        house.http.get(output["avifUrl"]),
        house.http.post("/uploads", content=other, headers={"x-api-key": key, "content-type": "image/png"}),
    )

    assert time.monotonic() - begun < MOST
    assert [told(answer) for answer in (got, avif, upload)] == [OUTAGE] * 3
    assert head.status_code == 503
    assert {record.levelno for record in caplog.records} == {logging.WARNING}
    assert not any(record.exc_info for record in caplog.records)
    assert list((house.folder / "data" / "incoming").iterdir()) == []


async def test_deleting_while_the_store_is_down_is_finished_once_it_answers(
    house: House, fragile_s3: FragileS3, caplog: pytest.LogCaptureFixture
) -> None:
    before = fragile_s3.files()
    account_id, key = await house.an_account()
    made = await house.a_picture(account_id, colour="olive")
    output = await house.output(key, made)
    assert await house.status(output["avifUrl"]) == 200
    addresses = [output["url"], output["avifUrl"]]
    fragile_s3.freeze()

    begun = time.monotonic()
    assert (await house.ask(DELETE, key, made))["deleteGeneration"] is True
    assert time.monotonic() - begun < MOST
    assert [record.message.split()[0] for record in caplog.records] == ["media_store_failed", "files_not_deleted"]
    assert [await house.status(address) for address in addresses] == [404, 404]
    assert (await house.ask(READ, key, made))["generation"] is None
    fragile_s3.thaw()
    assert fragile_s3.files() > before

    house.clock.move(max(MAX_DELETION_TIME, RETRY).total_seconds())
    async with asyncio.timeout(MOST):
        while fragile_s3.files() > before:
            await asyncio.sleep(0.05)
