"""The webhook dispatcher: the retry schedule, failing receivers, fairness and signatures."""

import asyncio
import json
import secrets
import socket
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from accounts.principal import Principal
from tests.support.asgi_server import running_server
from tests.support.webhook_harness import TIMEOUT, WebhookHarness
from tests.support.webhook_receivers import SECRET
from webhooks.deliveries import DeliveryStatus, replay
from webhooks.dispatcher import MAX_CONCURRENT_PER_ACCOUNT, MAX_CONCURRENT_PER_QUEUE, REFILL_BELOW
from webhooks.endpoints import Endpoint, rotate_secret, update_endpoint
from webhooks.event import EventType, LinkedFile
from webhooks.outbox import Outbox
from webhooks.retry_schedule import JITTER, RETRY_DELAYS

pytestmark = pytest.mark.anyio

HOUR, DAY = 3600.0, 86_400.0
MILLISECOND = timedelta(milliseconds=1)


async def update(webhook_harness: WebhookHarness, owner: Principal, endpoint_id: str, **fields: Any) -> Endpoint:
    return await webhook_harness.database.transact(
        lambda transaction: update_endpoint(
            transaction, owner, webhook_harness.dispatcher.outbox, endpoint_id, at=webhook_harness.clock.now(), **fields
        )
    )


async def test_an_event_is_delivered_immediately(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    event = await webhook_harness.publish_event(owner, path="/hook")
    await webhook_harness.settle()

    (call,) = webhook_harness.receivers.calls["/hook"]
    delivery = await webhook_harness.delivery(owner)
    assert call.at == event.at
    assert json.loads(call.body) == event.body
    assert call.headers["content-type"] == "application/json"
    assert (delivery.status, delivery.next_attempt_at) == (DeliveryStatus.DELIVERED, None)
    assert [(attempt.number, attempt.status, attempt.error) for attempt in delivery.attempts] == [(1, 204, None)]


@pytest.mark.parametrize("path", ["/status/500", "/status/404", "/status/304", "/redirect"])
async def test_a_failing_receiver_gets_exactly_the_retry_schedule(webhook_harness: WebhookHarness, path: str) -> None:
    owner = await webhook_harness.create_account()
    event = await webhook_harness.publish_event(owner, path=path)
    await webhook_harness.settle()

    for count, pause in enumerate(RETRY_DELAYS, start=1):
        assert len(webhook_harness.receivers.calls[path]) == count
        due = (await webhook_harness.delivery(owner)).next_attempt_at
        assert due is not None
        assert pause <= due - webhook_harness.clock.now() <= pause * (1 + JITTER)
        await webhook_harness.advance_time((due - webhook_harness.clock.now() - MILLISECOND).total_seconds())
        assert len(webhook_harness.receivers.calls[path]) == count
        await webhook_harness.advance_time(MILLISECOND.total_seconds())
    await webhook_harness.advance_time(10 * DAY)

    calls = webhook_harness.receivers.calls[path]
    delivery = await webhook_harness.delivery(owner)
    assert len(calls) == len(RETRY_DELAYS) + 1
    assert {call.id for call in calls} == {event.message_id}
    assert (delivery.status, delivery.next_attempt_at) == (DeliveryStatus.FAILED, None)
    assert delivery.reason == "None of 7 attempts was accepted."
    assert [attempt.number for attempt in delivery.attempts] == [1, 2, 3, 4, 5, 6, 7]
    assert not webhook_harness.receivers.calls["/elsewhere"]


async def test_an_attempt_times_out_after_15_seconds_and_is_retried(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    await webhook_harness.publish_event(owner, path="/hang")
    async with asyncio.timeout(TIMEOUT):
        await webhook_harness.receivers.count("/hang", 1)
    webhook_harness.clock.move(14.9)
    assert not webhook_harness.dispatcher.is_idle
    webhook_harness.clock.move(0.1)
    await webhook_harness.settle()

    delivery = await webhook_harness.delivery(owner)
    (attempt,) = delivery.attempts
    assert (attempt.status, attempt.latency, attempt.error) == (None, 15_000, "No answer within 15 s.")
    assert delivery.next_attempt_at is not None
    assert delivery.next_attempt_at >= webhook_harness.clock.now() + RETRY_DELAYS[0]
    seconds_until_due = (delivery.next_attempt_at - webhook_harness.clock.now()).total_seconds()
    webhook_harness.clock.move(seconds_until_due)
    async with asyncio.timeout(TIMEOUT):
        await webhook_harness.receivers.count("/hang", 2)


async def test_a_receiver_that_was_down_for_an_hour_gets_its_event(webhook_harness: WebhookHarness) -> None:
    with socket.socket() as bound_socket:
        bound_socket.bind(("127.0.0.1", 0))
        webhook_harness.receivers.url = f"http://127.0.0.1:{bound_socket.getsockname()[1]}"
        owner = await webhook_harness.create_account()
        event = await webhook_harness.publish_event(owner, path="/hook")
        await webhook_harness.settle()
        for _ in range(12):
            await webhook_harness.advance_time(HOUR / 12)
        assert not webhook_harness.receivers.calls
        assert [attempt.status for attempt in (await webhook_harness.delivery(owner)).attempts] == [None] * 4

        async with AsyncExitStack() as stack:
            await stack.enter_async_context(running_server(webhook_harness.receivers.asgi(), bound_socket))
            await webhook_harness.advance_time(2 * HOUR)

            (call,) = webhook_harness.receivers.calls["/hook"]
            assert call.id == event.message_id
            assert (await webhook_harness.delivery(owner)).status is DeliveryStatus.DELIVERED


async def test_410_ends_the_delivery_and_disables_the_endpoint(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    await webhook_harness.an_endpoint(owner, "/status/410")
    await webhook_harness.an_endpoint(owner, "/others", events=[EventType.ENDPOINT_DISABLED])
    await webhook_harness.publish_event(owner)
    await webhook_harness.settle()
    await webhook_harness.publish_event(owner)
    await webhook_harness.advance_time(DAY)

    other, disabled = await webhook_harness.endpoints(owner)
    assert len(webhook_harness.receivers.calls["/status/410"]) == 1
    assert disabled.disabled_because == "The receiver responded with 410 Gone."
    assert other.disabled_at is None
    (call,) = webhook_harness.receivers.calls["/others"]
    body = json.loads(call.body)
    assert (body["type"], body["id"], body["url"]) == ("endpoint.disabled", disabled.id, disabled.url)


async def test_410_from_a_webhook_url_ends_the_delivery(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    await webhook_harness.publish_event(owner, path="/status/410")
    await webhook_harness.advance_time(DAY)

    assert len(webhook_harness.receivers.calls["/status/410"]) == 1
    assert (await webhook_harness.delivery(owner)).status is DeliveryStatus.FAILED


async def test_an_endpoint_that_fails_for_five_days_is_disabled(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    await webhook_harness.an_endpoint(owner, "/status/500")
    await webhook_harness.an_endpoint(owner, "/others", events=[EventType.ENDPOINT_DISABLED])
    await webhook_harness.publish_event(owner)
    await webhook_harness.advance_time(5 * DAY - 6)
    await webhook_harness.publish_event(owner)
    await webhook_harness.settle()
    failing = (await webhook_harness.endpoints(owner))[1]
    assert failing.disabled_at is None
    assert failing.failing_since is not None

    await webhook_harness.publish_event(owner)
    await webhook_harness.advance_time(6)

    failing = (await webhook_harness.endpoints(owner))[1]
    assert failing.disabled_because == "Every attempt has failed for five days."
    assert len(webhook_harness.receivers.calls["/others"]) == 1
    assert {
        delivery.status for delivery in await webhook_harness.deliveries(owner) if delivery.endpoint_id == failing.id
    } == {DeliveryStatus.FAILED}


async def test_a_success_resets_the_failures_of_an_endpoint(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    endpoint = await webhook_harness.an_endpoint(owner, "/status/500")
    await webhook_harness.publish_event(owner)
    await webhook_harness.advance_time(4 * DAY)
    await update(webhook_harness, owner, endpoint.id, url=webhook_harness.url("/well"))
    await webhook_harness.publish_event(owner)
    await webhook_harness.settle()
    assert (await webhook_harness.endpoints(owner))[0].failing_since is None


async def test_progress_events_are_not_retried(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    await webhook_harness.an_endpoint(owner, "/status/500", events=[EventType.GENERATION_PROGRESS])
    await webhook_harness.publish_event(owner, type=EventType.GENERATION_PROGRESS)
    await webhook_harness.advance_time(DAY)

    assert len(webhook_harness.receivers.calls["/status/500"]) == 1
    assert (await webhook_harness.delivery(owner)).status is DeliveryStatus.FAILED


async def test_an_endpoint_gets_only_the_events_it_selected(webhook_harness: WebhookHarness) -> None:
    owner, stranger = await webhook_harness.create_account(), await webhook_harness.create_account()
    await webhook_harness.an_endpoint(owner, "/all")
    await webhook_harness.an_endpoint(owner, "/failed", events=[EventType.GENERATION_FAILED])
    await webhook_harness.an_endpoint(stranger, "/strangers")
    completed = await webhook_harness.publish_event(owner)
    failed = await webhook_harness.publish_event(owner, type=EventType.GENERATION_FAILED, path="/plain")
    await webhook_harness.settle()

    message_ids = {path: {call.id for call in calls} for path, calls in webhook_harness.receivers.calls.items()}
    both_ids = {completed.message_id, failed.message_id}
    assert message_ids == {"/all": both_ids, "/failed": {failed.message_id}, "/plain": {failed.message_id}}


async def test_a_hanging_receiver_does_not_delay_others(webhook_harness: WebhookHarness) -> None:
    owner, other = await webhook_harness.create_account(), await webhook_harness.create_account()
    for _ in range(100):
        await webhook_harness.publish_event(owner, path="/hang")
    async with asyncio.timeout(TIMEOUT):
        await webhook_harness.receivers.count("/hang", REFILL_BELOW + 1)
        await webhook_harness.an_endpoint(owner, "/own")
        await webhook_harness.publish_event(owner)
        await webhook_harness.publish_event(other, path="/other")
        await webhook_harness.receivers.count("/own", 1)
        await webhook_harness.receivers.count("/other", 1)

    assert len(webhook_harness.receivers.calls["/hang"]) <= MAX_CONCURRENT_PER_QUEUE
    assert webhook_harness.receivers.calls["/own"][0].at == webhook_harness.clock.now()


async def test_many_hanging_receivers_do_not_block_the_account(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    for number in range(MAX_CONCURRENT_PER_ACCOUNT + 6):
        await webhook_harness.publish_event(owner, path=f"/hang/{number}")
    async with asyncio.timeout(TIMEOUT):
        for number in range(MAX_CONCURRENT_PER_ACCOUNT):
            await webhook_harness.receivers.count(f"/hang/{number}", 1)
        await webhook_harness.publish_event(owner, path="/well")
        await webhook_harness.receivers.count("/well", 1)


async def test_rotating_to_the_same_secret_keeps_the_previous_one(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    endpoint = await webhook_harness.an_endpoint(owner, "/hook")
    for _ in range(2):
        rotated = await webhook_harness.database.transact(
            lambda transaction: rotate_secret(
                transaction, owner, endpoint.id, wanted=SECRET, at=webhook_harness.clock.now()
            )
        )
        webhook_harness.clock.move(1)

    assert (rotated.current, rotated.previous) == (SECRET, endpoint.secrets.current)


async def test_a_backlog_above_the_concurrency_limit_is_delivered(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    await webhook_harness.kill()
    events = [await webhook_harness.publish_event(owner, path=f"/{number % 7}") for number in range(90)]
    webhook_harness.start()
    await webhook_harness.settle()

    message_ids = [call.id for calls in webhook_harness.receivers.calls.values() for call in calls]
    assert sorted(message_ids) == sorted(event.message_id for event in events)


async def test_the_file_url_is_signed_at_each_attempt(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    link = LinkedFile("k1", "gen_1.png", webhook_harness.clock.now() + timedelta(days=15))
    await webhook_harness.publish_event(owner, path="/hook", link=link)
    await webhook_harness.settle()

    (call,) = webhook_harness.receivers.calls["/hook"]
    assert json.loads(call.body)["url"] == "https://example.com/k1/gen_1.png"


async def test_the_first_kilobyte_of_a_response_is_stored(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    webhook_harness.receivers.answers["/status/500"] = b"a\0" + b"b" * 5000
    await webhook_harness.publish_event(owner, path="/status/500")
    await webhook_harness.settle()

    (attempt,) = (await webhook_harness.delivery(owner)).attempts
    assert attempt.response_body == "a\ufffd" + "b" * 1022


async def test_a_private_address_is_rejected_at_each_attempt(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    webhook_harness.receivers.url = "http://10.0.0.1"
    await webhook_harness.publish_event(owner, path="/hook")
    await webhook_harness.settle()

    (attempt,) = (await webhook_harness.delivery(owner)).attempts
    assert attempt.status is None
    assert attempt.error is not None
    assert "10.0.0.1 is not on the public internet" in attempt.error


async def test_a_url_of_the_maximum_length_is_delivered_to(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    path = "/" + secrets.token_hex(2000)  # random, because an index compresses repetitions
    await webhook_harness.publish_event(owner, path=path)
    await webhook_harness.settle()

    assert len(webhook_harness.receivers.calls[path]) == 1


async def test_a_replay_has_the_same_message_id(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    event = await webhook_harness.publish_event(owner, path="/hook")
    await webhook_harness.settle()
    replayed = await webhook_harness.replay(owner, (await webhook_harness.delivery(owner)).id)
    assert replayed.status is DeliveryStatus.PENDING
    await webhook_harness.settle()

    assert [call.id for call in webhook_harness.receivers.calls["/hook"]] == [event.message_id] * 2
    delivery = await webhook_harness.delivery(owner)
    assert delivery.status is DeliveryStatus.DELIVERED
    assert [attempt.number for attempt in delivery.attempts] == [1, 2]


async def test_a_replay_by_another_process_is_sent_within_five_seconds(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    await webhook_harness.publish_event(owner, path="/hook")
    await webhook_harness.settle()
    delivery = await webhook_harness.delivery(owner)
    other_outbox = Outbox(webhook_harness.dispatcher.outbox.validate_url)
    await webhook_harness.database.transact(
        lambda t: replay(t, other_outbox, delivery.id, at=webhook_harness.clock.now())
    )
    await webhook_harness.advance_time(5)

    assert len(webhook_harness.receivers.calls["/hook"]) == 2


async def test_after_a_rotation_both_secrets_verify_for_a_day(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    endpoint = await webhook_harness.an_endpoint(owner, "/hook")
    old = endpoint.secrets.current
    rotated = await webhook_harness.database.transact(
        lambda transaction: rotate_secret(transaction, owner, endpoint.id, wanted=None, at=webhook_harness.clock.now())
    )
    new = rotated.current
    await webhook_harness.publish_event(owner)
    await webhook_harness.settle()
    await webhook_harness.advance_time(DAY)
    await webhook_harness.publish_event(owner)
    await webhook_harness.settle()

    first, second = webhook_harness.receivers.calls["/hook"]
    assert [len(call.headers["webhook-signature"].split()) for call in (first, second)] == [2, 1]
    signatures = first.headers["webhook-signature"].split()
    for secret, signature in zip((new, old), signatures, strict=True):
        expected = Webhook(secret).sign(first.id, first.at, first.body.decode())
        assert signature == expected
    assert second.headers["webhook-signature"] == Webhook(new).sign(second.id, second.at, second.body.decode())
