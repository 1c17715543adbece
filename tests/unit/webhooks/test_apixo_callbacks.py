"""Callbacks in the format of APIXO: their body, and when they are accepted or sent again."""

import asyncio
import json
from datetime import timedelta

import pytest

from accounts.principal import Principal
from kit.ids import new_id
from tests.support.webhook_harness import TIMEOUT, WebhookHarness
from webhooks.deliveries import DeliveryStatus, erase_deliveries_of
from webhooks.event import Event, EventType, LinkedFile, MessageFormat
from webhooks.retry_schedule import APIXO_RETRY_DELAYS, JITTER

pytestmark = pytest.mark.anyio

BODY = {"code": 200, "message": "success", "data": {"taskId": "gen_1", "state": "failed", "failMsg": "No."}}


async def publish(harness: WebhookHarness, owner: Principal, path: str, *files: str) -> Event:
    now = harness.clock.now()
    event = Event(
        EventType.GENERATION_FAILED,
        new_id("msg", now),
        owner.account_id,
        owner.test_mode,
        now,
        BODY,
        generation_id="gen_1",
        format=MessageFormat.APIXO,
        links=tuple(LinkedFile(key, f"{key}.png", now + timedelta(days=1)) for key in files),
    )
    outbox = harness.dispatcher.outbox
    await harness.database.transact(lambda t: outbox.enqueue_for_url(t, event, url=harness.url(path)))
    return event


async def test_the_urls_of_all_files_are_json_in_a_string(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    event = await publish(webhook_harness, owner, "/status/200", "one", "two")
    await webhook_harness.settle()

    [call] = webhook_harness.receivers.calls["/status/200"]
    results = '{"resultUrls":["https://example.com/one/one.png","https://example.com/two/two.png"]}'
    assert json.loads(call.body) == {**BODY, "data": {**BODY["data"], "resultJson": results}}  # type: ignore[dict-item]
    assert call.id == event.message_id
    assert (await webhook_harness.delivery(owner)).status is DeliveryStatus.DELIVERED


@pytest.mark.parametrize("path", ["/status/204", "/status/410", "/status/500"])
async def test_a_status_other_than_200_is_retried_three_times(webhook_harness: WebhookHarness, path: str) -> None:
    owner = await webhook_harness.create_account()
    await publish(webhook_harness, owner, path)
    await webhook_harness.settle()
    for count, pause in enumerate(APIXO_RETRY_DELAYS, start=1):
        await webhook_harness.advance_time(pause.total_seconds() - 0.001)
        assert len(webhook_harness.receivers.calls[path]) == count
        await webhook_harness.advance_time(pause.total_seconds() * JITTER + 0.001)
    await webhook_harness.advance_time(timedelta(days=1).total_seconds())

    delivery = await webhook_harness.delivery(owner)
    assert len(webhook_harness.receivers.calls[path]) == 4
    assert (delivery.status, delivery.reason) == (DeliveryStatus.FAILED, "None of 4 attempts was accepted.")


async def test_a_receiver_has_30_seconds(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    await publish(webhook_harness, owner, "/hang")
    async with asyncio.timeout(TIMEOUT):
        await webhook_harness.receivers.count("/hang", 1)
    webhook_harness.clock.move(29.9)
    assert not webhook_harness.dispatcher.is_idle
    webhook_harness.clock.move(0.1)
    await webhook_harness.settle()

    delivery = await webhook_harness.delivery(owner)
    [attempt] = delivery.attempts
    assert attempt.error == "No answer within 30 s."
    assert delivery.next_attempt_at is not None
    assert delivery.next_attempt_at >= webhook_harness.clock.now() + APIXO_RETRY_DELAYS[0]


async def test_a_deleted_generation_leaves_no_message_of_its_failure(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    await publish(webhook_harness, owner, "/status/200")
    await webhook_harness.settle()

    await webhook_harness.database.transact(lambda transaction: erase_deliveries_of(transaction, "gen_1"))

    delivery = await webhook_harness.delivery(owner)
    assert delivery.body == {**BODY, "data": {"taskId": "gen_1", "state": "failed"}}
