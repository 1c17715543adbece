"""How long a server keeps what was made, with a clock that is moved by hand and both kinds of store."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from accounts.keys import create_account, insert_key
from accounts.plans import PlanName
from credits.ledger import Book, hold_credits, issue_credits, open_book
from database.transaction import Transaction
from generations import repository, transitions
from generations.execution.outputs import store_output
from generations.generation import QUEUED, RUNNING, STORING, SUBMITTED, Generation, Priority
from providers.backend import GenerationType, Output
from server.application import Application
from server.roles.housekeeping import delete_expired
from server.settings import load_settings
from tests.fixtures.clock import ManualClock
from tests.unit.media import sample_files

pytestmark = pytest.mark.anyio

DAY = 86_400  # seconds
READ = "query ($id: ID!) { generation(id: $id) { url thumbnailUrl outputs { url avifUrl sha256 bytes expiresAt } } }"
DELETE = "mutation ($id: ID!) { deleteGeneration(id: $id) }"


@dataclass
class House:
    """A server inside the test."""

    application: Application
    clock: ManualClock
    http: httpx.AsyncClient
    folder: Path
    made: int = 0

    async def an_account(self) -> tuple[str, str]:
        """An account on the free plan and its key."""
        at, secret = self.clock.now(), self.application.settings.secret

        def create(transaction: Transaction) -> tuple[str, str]:
            account_id = create_account(transaction, name="a", plan=PlanName.FREE, at=at)
            open_book(transaction, Book(account_id, True))
            issue_credits(transaction, Book(account_id, True), amount=100, at=at)
            return account_id, insert_key(transaction, account_id, name="a", test_mode=True, secret=secret, at=at)

        return await self.application.runtime.services.database.transact(create)

    async def a_picture(self, account_id: str, *, colour: str = "teal") -> str:
        """A generation of the account that has ended with a picture of this colour."""
        services, at = self.application.runtime.services, self.clock.now()
        self.made += 1
        picture = sample_files.picture(self.folder / f"{self.made}.png", colour=colour)
        stored = await store_output(services.library, Output(media_type="image/png", path=picture))
        new = _generation(f"gen_{self.made:026}", account_id, self.clock)

        def insert(transaction: Transaction) -> None:
            hold_credits(transaction, Book(account_id, True), amount=1, generation_id=new.id, at=at)
            repository.insert_generation(transaction.connection, new)
            current = new
            for state in (SUBMITTED, RUNNING, STORING):
                current = transitions.transition(transaction, services, current, state)
            transitions.complete(transaction, services, current, outputs=[stored], notes=(), at=at)

        await services.database.transact(insert)
        return new.id

    async def ask(self, query: str, key: str, generation_id: str) -> dict[str, Any]:
        body = {"query": query, "variables": {"id": generation_id}}
        answer = (await self.http.post("/graphql", json=body, headers={"x-api-key": key})).json()
        data: dict[str, Any] = answer["data"]
        return data

    async def output(self, key: str, generation_id: str) -> dict[str, Any]:
        [output] = (await self.ask(READ, key, generation_id))["generation"]["outputs"]
        return dict(output)

    async def status(self, url: str) -> int:
        return (await self.http.get(url)).status_code


def _generation(generation_id: str, account_id: str, clock: ManualClock) -> Generation:
    at = clock.now()
    status, stage = QUEUED
    return Generation(
        id=generation_id,
        account_id=account_id,
        key_id="key",
        test_mode=True,
        type=GenerationType.IMAGE,
        status=status,
        stage=stage,
        progress=0,
        version=1,
        provider="flux-pro",
        model=None,
        priority=Priority.BALANCED,
        input={"text": "a fox"},
        options={},
        seed=1,
        adjustments=[],
        attempts=[],
        route=None,
        reference=None,
        credit_cost=1,
        credits_charged=1,
        estimated_time=1,
        webhook_url=None,
        retry_of=None,
        outputs=(),
        error=None,
        created_at=at,
        started_at=at,
        completed_at=None,
        deadline_at=at + timedelta(hours=1),
        active=False,
        retention_days=15,
    )


@pytest.fixture(params=["disk", "s3"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    settings = load_settings({}, data_directory=tmp_path / "data", dev=True)
    if request.param == "s3":
        settings = replace(settings, bucket=request.getfixturevalue("new_bucket")())
    clock = ManualClock()
    application = Application(settings, clock=clock)
    transport = httpx.ASGITransport(application.asgi())
    async with application.running(), httpx.AsyncClient(transport=transport, base_url="http://house") as http:
        yield House(application, clock, http, tmp_path)


async def test_an_output_past_its_time_keeps_its_facts_and_loses_its_addresses(house: House) -> None:
    account_id, key = await house.an_account()
    made = await house.a_picture(account_id)
    before = await house.output(key, made)
    assert await house.status(before["url"]) == 200
    assert await house.status(before["avifUrl"]) == 200

    house.clock.move(15 * DAY)
    after = await house.output(key, made)
    assert after == {**before, "url": None, "avifUrl": None}
    assert before["expiresAt"] == "2026-01-16T00:00:00.000Z"
    assert (await house.ask(READ, key, made))["generation"]["url"] is None
    house.clock.move(3601)
    await delete_expired(house.application.runtime.services)

    assert list(house.folder.glob("data/media/*/*")) == []
    assert (await house.output(key, made)) == after


async def test_the_same_picture_of_two_accounts_goes_with_the_last(house: House) -> None:
    (one, one_key), (two, two_key) = await house.an_account(), await house.an_account()
    first, second = await house.a_picture(one), await house.a_picture(two)
    assert (await house.output(one_key, first))["sha256"] == (await house.output(two_key, second))["sha256"]
    theirs = (await house.output(two_key, second))["url"]

    assert (await house.ask(DELETE, one_key, first))["deleteGeneration"] is True
    assert await house.status(theirs) == 200
    assert (await house.ask(DELETE, two_key, second))["deleteGeneration"] is True
    assert await house.status(theirs) == 404


async def test_an_upload_goes_after_a_day_unless_an_output_is_the_same(house: House) -> None:
    account_id, key = await house.an_account()
    made = await house.a_picture(account_id, colour="red")
    addresses = []
    for name in ("same", "other"):
        picture = sample_files.picture(house.folder / f"{name}.png", colour="red" if name == "same" else "blue")
        headers = {"x-api-key": key, "content-type": "image/png"}
        answer = await house.http.post("/uploads", content=picture.read_bytes(), headers=headers)
        assert answer.status_code == 201, answer.text
        addresses.append(answer.json()["url"])
    store = house.application.runtime.store
    keys = [address.partition("/media/")[2].partition("/")[0] for address in addresses]

    house.clock.move(DAY + 3601)
    await delete_expired(house.application.runtime.services)

    assert (await store.stat(keys[0])).size > 0
    assert await house.status((await house.output(key, made))["url"]) == 200
    assert [await house.status(address) for address in addresses] == [403, 403]
    fresh = house.application.runtime.signer.sign(
        keys[1], expires_at=house.clock.now() + timedelta(hours=1), filename="x"
    )
    assert await house.status(f"http://house{fresh}") == 404


async def test_what_a_crash_left_in_the_data_directory_is_swept(house: House) -> None:
    incoming = house.folder / "data" / "incoming"
    (incoming / "variants-x").mkdir()
    (incoming / "variants-x" / "thumbnail.webp").touch()
    (incoming / "upload-x").touch()
    (incoming / "upload-new").touch()
    now = house.clock.now().timestamp()
    for name, age in (("variants-x", 3 * 3600), ("upload-x", 3601), ("upload-new", 3599)):
        os.utime(incoming / name, (now - age, now - age))

    await delete_expired(house.application.runtime.services)

    assert [path.name for path in incoming.iterdir()] == ["upload-new"]
