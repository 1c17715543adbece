"""Concurrent changes of endpoints and secrets."""

import asyncio

import pytest

from accounts.principal import Principal
from accounts.webhook_secret import account_secrets, rotate_account_secret
from kit.errors import InvalidInput
from tests.support.webhook_harness import WebhookHarness
from webhooks.endpoints import MAX_ENDPOINTS, Endpoint, update_endpoint

DAY = 86_400  # seconds

pytestmark = pytest.mark.anyio


async def test_concurrent_creation_stays_within_the_endpoint_limit(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    for _ in range(MAX_ENDPOINTS - 1):
        await webhook_harness.an_endpoint(owner, "/hook")
    results = await asyncio.gather(
        *(webhook_harness.an_endpoint(owner, "/hook") for _ in range(8)), return_exceptions=True
    )

    assert sum(isinstance(result, InvalidInput) for result in results) == 7
    assert len(await webhook_harness.endpoints(owner)) == MAX_ENDPOINTS


async def test_after_concurrent_rotations_the_last_two_secrets_are_in_use(webhook_harness: WebhookHarness) -> None:
    account_id = (await webhook_harness.create_account()).account_id
    database, now = webhook_harness.database, webhook_harness.clock.now()
    rotations = await asyncio.gather(
        *(
            database.transact(lambda transaction: rotate_account_secret(transaction, account_id, wanted=None, at=now))
            for _ in range(8)
        )
    )

    stored = await database.read(lambda connection: account_secrets(connection, account_id))
    assert set(stored.in_use(now)) <= {secrets.current for secrets in rotations}
    assert len({secrets.previous for secrets in rotations}) == 8


async def test_failures_at_the_old_url_do_not_disable_an_endpoint(
    webhook_harness: WebhookHarness,
) -> None:
    owner = await webhook_harness.create_account()
    endpoint = await webhook_harness.an_endpoint(owner, "/status/500")
    await webhook_harness.publish_event(owner)
    await webhook_harness.settle()
    await change_url(webhook_harness, owner, endpoint, "/status/503")
    webhook_harness.clock.move(6 * DAY)
    await webhook_harness.settle()

    [updated] = await webhook_harness.endpoints(owner)
    assert updated.disabled_at is None


async def test_410_from_the_old_url_does_not_disable_an_endpoint(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    endpoint = await webhook_harness.an_endpoint(owner, "/later/410")
    await webhook_harness.publish_event(owner)
    await webhook_harness.receivers.count("/later/410", 1)
    await change_url(webhook_harness, owner, endpoint, "/hook")
    webhook_harness.receivers.released.set()
    await webhook_harness.advance_time(6)

    [updated] = await webhook_harness.endpoints(owner)
    assert updated.disabled_at is None
    assert len(webhook_harness.receivers.calls["/hook"]) == 1


async def change_url(webhook_harness: WebhookHarness, owner: Principal, endpoint: Endpoint, path: str) -> None:
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
