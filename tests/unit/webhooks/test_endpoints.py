"""Endpoints and secrets that several requests change at once."""

import asyncio

import pytest

from accounts.keys import Principal
from accounts.webhook_secret import account_secrets, rotate_account_secret
from kit.errors import InvalidInput
from tests.support.webhook_harness import WebhookHarness
from webhooks.endpoints import MAX_ENDPOINTS, Endpoint, update_endpoint

DAY = 86_400  # seconds

pytestmark = pytest.mark.anyio


async def test_no_more_endpoints_are_made_at_once_than_an_account_may_have(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    for _ in range(MAX_ENDPOINTS - 1):
        await webhook_harness.an_endpoint(owner, "/hook")
    made = await asyncio.gather(
        *(webhook_harness.an_endpoint(owner, "/hook") for _ in range(8)), return_exceptions=True
    )

    assert sum(isinstance(answer, InvalidInput) for answer in made) == 7
    assert len(await webhook_harness.endpoints(owner)) == MAX_ENDPOINTS


async def test_of_secrets_rotated_at_once_the_last_two_sign(webhook_harness: WebhookHarness) -> None:
    account_id = (await webhook_harness.create_account()).account_id
    database, now = webhook_harness.database, webhook_harness.clock.now()
    rotated = await asyncio.gather(
        *(
            database.transact(lambda transaction: rotate_account_secret(transaction, account_id, wanted=None, at=now))
            for _ in range(8)
        )
    )

    kept = await database.read(lambda connection: account_secrets(connection, account_id))
    assert set(kept.in_use(now)) <= {secrets.current for secrets in rotated}
    assert len({secrets.previous for secrets in rotated}) == 8


async def test_an_endpoint_is_not_given_up_for_what_happened_at_its_old_address(
    webhook_harness: WebhookHarness,
) -> None:
    owner = await webhook_harness.create_account()
    endpoint = await webhook_harness.an_endpoint(owner, "/status/500")
    await webhook_harness.publish_event(owner)
    await webhook_harness.settle()
    await move(webhook_harness, owner, endpoint, "/status/503")
    webhook_harness.clock.move(6 * DAY)
    await webhook_harness.settle()

    [moved] = await webhook_harness.endpoints(owner)
    assert moved.disabled_at is None


async def test_an_old_address_that_wants_no_more_says_nothing_of_the_new_one(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    endpoint = await webhook_harness.an_endpoint(owner, "/later/410")
    await webhook_harness.publish_event(owner)
    await webhook_harness.receivers.count("/later/410", 1)
    await move(webhook_harness, owner, endpoint, "/hook")
    webhook_harness.receivers.released.set()
    await webhook_harness.advance_time(6)

    [moved] = await webhook_harness.endpoints(owner)
    assert moved.disabled_at is None
    assert len(webhook_harness.receivers.calls["/hook"]) == 1


async def move(webhook_harness: WebhookHarness, owner: Principal, endpoint: Endpoint, path: str) -> None:
    await webhook_harness.database.transact(
        lambda transaction: update_endpoint(
            transaction,
            owner,
            webhook_harness.dispatcher.outbox,
            endpoint.id,
            at=webhook_harness.clock.now(),
            url=webhook_harness.url(path),
        )
    )
