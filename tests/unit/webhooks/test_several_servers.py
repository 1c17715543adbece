"""Webhook deliveries of a database that several servers share."""

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import RowMapping

from database.transaction import Database, Transaction
from tests.support.delegating_database import DelegatingDatabase
from tests.support.postgres_listening import TwoNodes
from tests.support.webhook_harness import TIMEOUT, WebhookHarness, open_webhook_harness
from webhooks import repository
from webhooks.attempt import DeliveryOutcome, Message
from webhooks.attempt_outcome import record
from webhooks.deliveries import DeliveryStatus
from webhooks.dispatcher import LEASE_DURATION, message_of
from webhooks.event import Event
from webhooks.outbox import Outbox

pytestmark = pytest.mark.anyio

PATH = "/status/500"


async def put(database: Database, worker: WebhookHarness, event: Event) -> None:
    """Write a delivery as an API process does, which has no dispatcher."""
    outbox = Outbox(worker.dispatcher.outbox.validate_url)
    await database.transact(lambda transaction: outbox.enqueue(transaction, event, url=worker.url(PATH)))


async def until_called(worker: WebhookHarness) -> None:
    """Wait for a call. The clock stands still, so that no regular rescan is due."""
    async with asyncio.timeout(TIMEOUT):
        while not worker.receivers.calls[PATH]:
            await asyncio.sleep(0)


class SharedDatabase(DelegatingDatabase):
    """A database on which other servers work as well."""

    is_shared = True


async def test_a_start_does_not_repeat_attempts_of_other_servers(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    await webhook_harness.kill()
    await webhook_harness.publish_event(owner, path=PATH)
    await take(webhook_harness)

    webhook_harness.start(SharedDatabase(webhook_harness.database))
    await webhook_harness.settle()
    assert not webhook_harness.receivers.calls[PATH]

    await webhook_harness.advance_time(LEASE_DURATION.total_seconds())
    assert len(webhook_harness.receivers.calls[PATH]) == 1


async def test_a_webhook_of_a_process_without_a_dispatcher_is_sent_at_once(two_nodes: TwoNodes) -> None:
    async with open_webhook_harness(two_nodes.here) as worker:
        owner = await worker.create_account()
        await worker.listening()

        await put(two_nodes.there, worker, worker.event(owner))

        await until_called(worker)


async def test_after_a_gap_in_listening_webhooks_of_other_processes_are_looked_for(two_nodes: TwoNodes) -> None:
    async with open_webhook_harness(two_nodes.there) as worker:
        owner = await worker.create_account()
        await worker.listening()

        await two_nodes.stop_listening()
        await put(two_nodes.here, worker, worker.event(owner))
        await two_nodes.allow_listening()

        await until_called(worker)


async def test_a_late_attempt_is_recorded_and_decides_nothing(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    await webhook_harness.kill()
    await webhook_harness.publish_event(owner, path=PATH)
    stopped_server = await take(webhook_harness)
    webhook_harness.clock.move(LEASE_DURATION.total_seconds())
    other_server = await take(webhook_harness)

    await save(webhook_harness, other_server, status=500)
    due = (await webhook_harness.delivery(owner)).next_attempt_at
    await save(webhook_harness, stopped_server, status=410)

    delivery = await webhook_harness.delivery(owner)
    assert (delivery.status, delivery.next_attempt_at) == (DeliveryStatus.PENDING, due)
    assert [(attempt.number, attempt.status) for attempt in delivery.attempts] == [(1, 500), (2, 410)]


async def test_a_late_attempt_does_not_end_the_one_that_runs(webhook_harness: WebhookHarness) -> None:
    owner = await webhook_harness.create_account()
    await webhook_harness.kill()
    await webhook_harness.publish_event(owner, path=PATH)
    stopped_server = await take(webhook_harness)
    webhook_harness.clock.move(LEASE_DURATION.total_seconds())
    other_server = await take(webhook_harness)

    await save(webhook_harness, stopped_server, status=500)
    delivery = await webhook_harness.delivery(owner)
    assert (delivery.status, delivery.next_attempt_at) == (DeliveryStatus.PENDING, None)

    await save(webhook_harness, other_server, status=200)
    delivery = await webhook_harness.delivery(owner)
    assert delivery.status is DeliveryStatus.DELIVERED
    assert [attempt.number for attempt in delivery.attempts] == [1, 2]


async def take(harness: WebhookHarness) -> Message:
    """Lease the only delivery, as the dispatcher of a server does."""
    now = harness.clock.now()

    def lease(transaction: Transaction) -> RowMapping:
        (queue,) = repository.queues_with_due_times(transaction.connection)
        taken, _ = repository.take_due(
            transaction.connection, queue, at=now, leased_until=now + LEASE_DURATION, limit=1
        )
        return taken[0]

    return message_of(await harness.database.transact(lease), at=now)


async def save(harness: WebhookHarness, message: Message, *, status: int) -> None:
    now: datetime = harness.clock.now()
    outcome = DeliveryOutcome(now, latency=1, status=status, response_body="")
    await harness.database.transact(
        lambda transaction: record(transaction, harness.dispatcher.outbox, message, outcome, at=now)
    )
