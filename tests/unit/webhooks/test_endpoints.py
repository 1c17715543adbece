"""Endpoints and secrets that several requests change at once."""

import asyncio

import pytest

from accounts.keys import Principal
from accounts.webhook_secret import account_secrets, rotate_account_secret
from kit.errors import InvalidInput
from tests.fixtures.post_office import WebhookHarness
from webhooks.endpoints import MAX_ENDPOINTS, Endpoint, update_endpoint

DAY = 86_400  # seconds

pytestmark = pytest.mark.anyio


async def test_no_more_endpoints_are_made_at_once_than_an_account_may_have(office: WebhookHarness) -> None:
    owner = await office.an_account()
    for _ in range(MAX_ENDPOINTS - 1):
        await office.an_endpoint(owner, "/hook")
    made = await asyncio.gather(*(office.an_endpoint(owner, "/hook") for _ in range(8)), return_exceptions=True)

    assert sum(isinstance(answer, InvalidInput) for answer in made) == 7
    assert len(await office.endpoints(owner)) == MAX_ENDPOINTS


async def test_of_secrets_rotated_at_once_the_last_two_sign(office: WebhookHarness) -> None:
    account_id = (await office.an_account()).account_id
    database, now = office.database, office.clock.now()
    rotated = await asyncio.gather(
        *(
            database.transact(lambda transaction: rotate_account_secret(transaction, account_id, wanted=None, at=now))
            for _ in range(8)
        )
    )

    kept = await database.read(lambda connection: account_secrets(connection, account_id))
    assert set(kept.in_use(now)) <= {secrets.current for secrets in rotated}
    assert len({secrets.previous for secrets in rotated}) == 8


async def test_an_endpoint_is_not_given_up_for_what_happened_at_its_old_address(office: WebhookHarness) -> None:
    owner = await office.an_account()
    endpoint = await office.an_endpoint(owner, "/status/500")
    await office.tell(owner)
    await office.settle()
    await move(office, owner, endpoint, "/status/503")
    office.clock.move(6 * DAY)
    await office.settle()

    [moved] = await office.endpoints(owner)
    assert moved.disabled_at is None


async def test_an_old_address_that_wants_no_more_says_nothing_of_the_new_one(office: WebhookHarness) -> None:
    owner = await office.an_account()
    endpoint = await office.an_endpoint(owner, "/later/410")
    await office.tell(owner)
    await office.customers.count("/later/410", 1)
    await move(office, owner, endpoint, "/hook")
    office.customers.released.set()
    await office.after(6)

    [moved] = await office.endpoints(owner)
    assert moved.disabled_at is None
    assert len(office.customers.calls["/hook"]) == 1


async def move(office: WebhookHarness, owner: Principal, endpoint: Endpoint, path: str) -> None:
    await office.database.transact(
        lambda transaction: update_endpoint(
            transaction, owner, office.dispatcher.outbox, endpoint.id, at=office.clock.now(), url=office.url(path)
        )
    )
