"""Deliveries to customers that fail in every manner: the schedule, the end of it, and who is given up."""

import asyncio
import json
import secrets
import socket
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from accounts.keys import Principal
from tests.fixtures.listening import listening
from tests.fixtures.post_office import PATIENCE, WebhookHarness
from tests.fixtures.receiver import SECRET
from webhooks.deliveries import DeliveryStatus, replay
from webhooks.dispatcher import MOST_PER_ACCOUNT, MOST_PER_LANE, REFILLED_AT
from webhooks.endpoints import Endpoint, rotate_secret, update_endpoint
from webhooks.event import EventType, Link
from webhooks.outbox import Outbox
from webhooks.schedule import JITTER, PAUSES

pytestmark = pytest.mark.anyio

HOUR, DAY = 3600.0, 86_400.0
MOMENT = timedelta(milliseconds=1)


async def update(office: WebhookHarness, owner: Principal, endpoint_id: str, **fields: Any) -> Endpoint:
    return await office.database.transact(
        lambda transaction: update_endpoint(
            transaction, owner, office.dispatcher.outbox, endpoint_id, at=office.clock.now(), **fields
        )
    )


async def test_what_is_told_arrives_at_once_and_is_done(office: WebhookHarness) -> None:
    owner = await office.an_account()
    event = await office.tell(owner, path="/hook")
    await office.settle()

    (call,) = office.customers.calls["/hook"]
    delivery = await office.delivery(owner)
    assert call.at == event.at
    assert json.loads(call.body) == event.body
    assert call.headers["content-type"] == "application/json"
    assert (delivery.status, delivery.next_attempt_at) == (DeliveryStatus.DELIVERED, None)
    assert [(attempt.number, attempt.status, attempt.error) for attempt in delivery.attempts] == [(1, 204, None)]


@pytest.mark.parametrize("path", ["/status/500", "/status/404", "/status/304", "/redirect"])
async def test_a_customer_that_answers_wrongly_gets_exactly_the_schedule(office: WebhookHarness, path: str) -> None:
    owner = await office.an_account()
    event = await office.tell(owner, path=path)
    await office.settle()

    for count, pause in enumerate(PAUSES, start=1):
        assert len(office.customers.calls[path]) == count
        due = (await office.delivery(owner)).next_attempt_at
        assert due is not None
        assert pause <= due - office.clock.now() <= pause * (1 + JITTER)
        await office.after((due - office.clock.now() - MOMENT).total_seconds())
        assert len(office.customers.calls[path]) == count
        await office.after(MOMENT.total_seconds())
    await office.after(10 * DAY)

    calls = office.customers.calls[path]
    delivery = await office.delivery(owner)
    assert len(calls) == len(PAUSES) + 1
    assert {call.id for call in calls} == {event.message_id}
    assert (delivery.status, delivery.next_attempt_at) == (DeliveryStatus.FAILED, None)
    assert delivery.reason == "None of 7 attempts was accepted."
    assert [attempt.number for attempt in delivery.attempts] == [1, 2, 3, 4, 5, 6, 7]
    assert not office.customers.calls["/elsewhere"]


async def test_a_customer_that_hangs_is_waited_for_15_seconds_and_asked_again(office: WebhookHarness) -> None:
    owner = await office.an_account()
    await office.tell(owner, path="/hang")
    async with asyncio.timeout(PATIENCE):
        await office.customers.count("/hang", 1)
    office.clock.move(14.9)
    assert not office.dispatcher.is_idle
    office.clock.move(0.1)
    await office.settle()

    delivery = await office.delivery(owner)
    (attempt,) = delivery.attempts
    assert (attempt.status, attempt.latency, attempt.error) == (None, 15_000, "No answer within 15 s.")
    assert delivery.next_attempt_at is not None
    assert delivery.next_attempt_at >= office.clock.now() + PAUSES[0]
    await_next = (delivery.next_attempt_at - office.clock.now()).total_seconds()
    office.clock.move(await_next)
    async with asyncio.timeout(PATIENCE):
        await office.customers.count("/hang", 2)


async def test_a_customer_that_is_down_for_an_hour_is_told_when_it_is_back(office: WebhookHarness) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        office.customers.url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        owner = await office.an_account()
        event = await office.tell(owner, path="/hook")
        await office.settle()
        for _ in range(12):
            await office.after(HOUR / 12)
        assert not office.customers.calls
        assert [attempt.status for attempt in (await office.delivery(owner)).attempts] == [None] * 4

        async with AsyncExitStack() as stack:
            await stack.enter_async_context(listening(office.customers.asgi(), bound))
            await office.after(2 * HOUR)

            (call,) = office.customers.calls["/hook"]
            assert call.id == event.message_id
            assert (await office.delivery(owner)).status is DeliveryStatus.DELIVERED


async def test_410_ends_the_delivery_and_disables_the_endpoint(office: WebhookHarness) -> None:
    owner = await office.an_account()
    await office.an_endpoint(owner, "/status/410")
    await office.an_endpoint(owner, "/others", events=[EventType.ENDPOINT_DISABLED])
    await office.tell(owner)
    await office.settle()
    await office.tell(owner)
    await office.after(DAY)

    other, gone = await office.endpoints(owner)
    assert len(office.customers.calls["/status/410"]) == 1
    assert gone.disabled_because == "The receiver answered 410: it wants no more."
    assert other.disabled_at is None
    (call,) = office.customers.calls["/others"]
    told = json.loads(call.body)
    assert (told["type"], told["id"], told["url"]) == ("endpoint.disabled", gone.id, gone.url)


async def test_410_to_a_plain_address_ends_the_delivery(office: WebhookHarness) -> None:
    owner = await office.an_account()
    await office.tell(owner, path="/status/410")
    await office.after(DAY)

    assert len(office.customers.calls["/status/410"]) == 1
    assert (await office.delivery(owner)).status is DeliveryStatus.FAILED


async def test_an_endpoint_that_fails_for_five_days_is_disabled_and_says_so(office: WebhookHarness) -> None:
    owner = await office.an_account()
    await office.an_endpoint(owner, "/status/500")
    await office.an_endpoint(owner, "/others", events=[EventType.ENDPOINT_DISABLED])
    await office.tell(owner)
    await office.after(5 * DAY - 6)
    await office.tell(owner)
    await office.settle()
    failing = (await office.endpoints(owner))[1]
    assert failing.disabled_at is None
    assert failing.failing_since is not None

    await office.tell(owner)
    await office.after(6)

    failing = (await office.endpoints(owner))[1]
    assert failing.disabled_because == "Every attempt has failed for five days."
    assert len(office.customers.calls["/others"]) == 1
    assert {delivery.status for delivery in await office.deliveries(owner) if delivery.endpoint_id == failing.id} == {
        DeliveryStatus.FAILED
    }


async def test_one_success_ends_a_run_of_failures(office: WebhookHarness) -> None:
    owner = await office.an_account()
    endpoint = await office.an_endpoint(owner, "/status/500")
    await office.tell(owner)
    await office.after(4 * DAY)
    await update(office, owner, endpoint.id, url=office.url("/well"))
    await office.tell(owner)
    await office.settle()
    assert (await office.endpoints(owner))[0].failing_since is None


async def test_progress_is_tried_once(office: WebhookHarness) -> None:
    owner = await office.an_account()
    await office.an_endpoint(owner, "/status/500", events=[EventType.GENERATION_PROGRESS])
    await office.tell(owner, type=EventType.GENERATION_PROGRESS)
    await office.after(DAY)

    assert len(office.customers.calls["/status/500"]) == 1
    assert (await office.delivery(owner)).status is DeliveryStatus.FAILED


async def test_an_endpoint_is_told_only_of_what_it_asked_for(office: WebhookHarness) -> None:
    owner, stranger = await office.an_account(), await office.an_account()
    await office.an_endpoint(owner, "/all")
    await office.an_endpoint(owner, "/failed", events=[EventType.GENERATION_FAILED])
    await office.an_endpoint(stranger, "/strangers")
    completed = await office.tell(owner)
    failed = await office.tell(owner, type=EventType.GENERATION_FAILED, path="/plain")
    await office.settle()

    told = {path: {call.id for call in calls} for path, calls in office.customers.calls.items()}
    both = {completed.message_id, failed.message_id}
    assert told == {"/all": both, "/failed": {failed.message_id}, "/plain": {failed.message_id}}


async def test_a_hanging_customer_delays_nobody_else(office: WebhookHarness) -> None:
    owner, other = await office.an_account(), await office.an_account()
    for _ in range(100):
        await office.tell(owner, path="/hang")
    async with asyncio.timeout(PATIENCE):
        await office.customers.count("/hang", REFILLED_AT + 1)
        await office.an_endpoint(owner, "/own")
        await office.tell(owner)
        await office.tell(other, path="/other")
        await office.customers.count("/own", 1)
        await office.customers.count("/other", 1)

    assert len(office.customers.calls["/hang"]) <= MOST_PER_LANE
    assert office.customers.calls["/own"][0].at == office.clock.now()


async def test_an_account_full_of_hanging_customers_still_reaches_another(office: WebhookHarness) -> None:
    owner = await office.an_account()
    for number in range(MOST_PER_ACCOUNT + 6):
        await office.tell(owner, path=f"/hang/{number}")
    async with asyncio.timeout(PATIENCE):
        for number in range(MOST_PER_ACCOUNT):
            await office.customers.count(f"/hang/{number}", 1)
        await office.tell(owner, path="/well")
        await office.customers.count("/well", 1)


async def test_the_same_secret_again_keeps_the_overlap(office: WebhookHarness) -> None:
    owner = await office.an_account()
    endpoint = await office.an_endpoint(owner, "/hook")
    for _ in range(2):
        rotated = await office.database.transact(
            lambda transaction: rotate_secret(transaction, owner, endpoint.id, wanted=SECRET, at=office.clock.now())
        )
        office.clock.move(1)

    assert (rotated.current, rotated.previous) == (SECRET, endpoint.secrets.current)


async def test_a_backlog_larger_than_what_may_be_under_way_is_worked_off(office: WebhookHarness) -> None:
    owner = await office.an_account()
    await office.kill()
    events = [await office.tell(owner, path=f"/{number % 7}") for number in range(90)]
    office.start()
    await office.settle()

    told = [call.id for calls in office.customers.calls.values() for call in calls]
    assert sorted(told) == sorted(event.message_id for event in events)


async def test_the_address_of_the_file_is_signed_for_each_attempt(office: WebhookHarness) -> None:
    owner = await office.an_account()
    link = Link("k1", "gen_1.png", office.clock.now() + timedelta(days=15))
    await office.tell(owner, path="/hook", link=link)
    await office.settle()

    (call,) = office.customers.calls["/hook"]
    assert json.loads(call.body)["url"] == "https://example.com/k1/gen_1.png"


async def test_the_first_kilobyte_of_an_answer_is_kept(office: WebhookHarness) -> None:
    owner = await office.an_account()
    office.customers.answers["/status/500"] = b"a\0" + b"b" * 5000
    await office.tell(owner, path="/status/500")
    await office.settle()

    (attempt,) = (await office.delivery(owner)).attempts
    assert attempt.answer == "a\ufffd" + "b" * 1022


async def test_a_private_address_is_refused_at_each_attempt(office: WebhookHarness) -> None:
    owner = await office.an_account()
    office.customers.url = "http://10.0.0.1"
    await office.tell(owner, path="/hook")
    await office.settle()

    (attempt,) = (await office.delivery(owner)).attempts
    assert attempt.status is None
    assert attempt.error is not None
    assert "10.0.0.1 is not on the public internet" in attempt.error


async def test_an_address_may_be_as_long_as_is_accepted(office: WebhookHarness) -> None:
    owner = await office.an_account()
    path = "/" + secrets.token_hex(2000)  # what repeats itself, an index would compress
    await office.tell(owner, path=path)
    await office.settle()

    assert len(office.customers.calls[path]) == 1


async def test_a_replay_is_the_same_message_once_more(office: WebhookHarness) -> None:
    owner = await office.an_account()
    event = await office.tell(owner, path="/hook")
    await office.settle()
    replayed = await office.replay(owner, (await office.delivery(owner)).id)
    assert replayed.status is DeliveryStatus.PENDING
    await office.settle()

    assert [call.id for call in office.customers.calls["/hook"]] == [event.message_id] * 2
    delivery = await office.delivery(owner)
    assert delivery.status is DeliveryStatus.DELIVERED
    assert [attempt.number for attempt in delivery.attempts] == [1, 2]


async def test_a_replay_written_by_another_process_is_seen_within_five_seconds(office: WebhookHarness) -> None:
    owner = await office.an_account()
    await office.tell(owner, path="/hook")
    await office.settle()
    delivery = await office.delivery(owner)
    elsewhere = Outbox(office.dispatcher.outbox.validate_url)
    await office.database.transact(lambda t: replay(t, elsewhere, delivery.id, at=office.clock.now()))
    await office.after(5)

    assert len(office.customers.calls["/hook"]) == 2


async def test_after_a_rotation_both_secrets_verify_for_a_day(office: WebhookHarness) -> None:
    owner = await office.an_account()
    endpoint = await office.an_endpoint(owner, "/hook")
    old = endpoint.secrets.current
    rotated = await office.database.transact(
        lambda transaction: rotate_secret(transaction, owner, endpoint.id, wanted=None, at=office.clock.now())
    )
    new = rotated.current
    await office.tell(owner)
    await office.settle()
    await office.after(DAY)
    await office.tell(owner)
    await office.settle()

    first, second = office.customers.calls["/hook"]
    assert [len(call.headers["webhook-signature"].split()) for call in (first, second)] == [2, 1]
    signatures = first.headers["webhook-signature"].split()
    for secret, signature in zip((new, old), signatures, strict=True):
        expected = Webhook(secret).sign(first.id, first.at, first.body.decode())
        assert signature == expected
    assert second.headers["webhook-signature"] == Webhook(new).sign(second.id, second.at, second.body.decode())
