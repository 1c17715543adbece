"""A fault before and after every external call of the dispatcher: the webhook arrives, and attempts are identical."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from kit.outbound import Response, SafeHttpClient
from tests.support.fault_injection import Fault, FaultInjector, FaultyDatabase
from tests.support.round_trip import round_trip
from tests.support.webhook_harness import LOOPBACK_ALLOWED, TIMEOUT, WebhookHarness
from webhooks.deliveries import DeliveryStatus
from webhooks.dispatcher import LEASE_DURATION

pytestmark = pytest.mark.anyio

CALLS: Mapping[str, str] = {
    "transact 1": "release deliveries of a previous process",
    "read 1": "find the next due time",
    "transact 2": "lease due deliveries",
    "post 1": "send",
    "transact 3": "record the outcome",
    "transact 4": "check for a lost outcome",
}
FAULT_POINTS = [f"{call} {edge}" for call in CALLS for edge in ("begins", "ended")]


class FaultyHttpClient(SafeHttpClient):
    """An HTTP client that can fail before or after the request has arrived."""

    def __init__(self, injector: FaultInjector) -> None:
        super().__init__(**LOOPBACK_ALLOWED)
        self._injector = injector

    async def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        timeout: timedelta,  # noqa: ASYNC109 - the interface of SafeHttpClient
        max_response_bytes: int,
        field: str = "webhookUrl",
    ) -> Response:
        name = await self._injector.before("post")
        response = await super().post(
            url, body=body, headers=headers, timeout=timeout, max_response_bytes=max_response_bytes, field=field
        )
        await self._injector.after(name)
        return response


async def deliver(webhook_harness: WebhookHarness, injector: FaultInjector, **fields: Any) -> str:
    """Publish one event with a fault injector in place, wait until it is delivered, and return its message ID."""
    await webhook_harness.kill()
    owner = await webhook_harness.create_account()
    event = await webhook_harness.publish_event(owner, path="/hook", **fields)
    webhook_harness.start(FaultyDatabase(webhook_harness.database, injector), FaultyHttpClient(injector))
    if injector.fault is Fault.CRASHES and injector.point is not None:
        async with asyncio.timeout(TIMEOUT):
            while not injector.triggered.is_set():
                await round_trip(webhook_harness.database)
                if webhook_harness.dispatcher.is_idle:
                    webhook_harness.clock.move(LEASE_DURATION.total_seconds())
        await webhook_harness.kill()
        webhook_harness.start()
    for _ in range(3):
        await webhook_harness.advance_time(LEASE_DURATION.total_seconds())
    assert (await webhook_harness.delivery(owner)).status is DeliveryStatus.DELIVERED
    return event.message_id


async def test_all_fault_points_are_listed(webhook_harness: WebhookHarness) -> None:
    injector = FaultInjector()
    await deliver(webhook_harness, injector)
    rescans = [point for point in injector.points if point.startswith("read ") and not point.startswith("read 1 ")]
    assert [point for point in injector.points if point not in rescans] == FAULT_POINTS


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("point", FAULT_POINTS)
async def test_an_event_is_delivered_despite_every_fault(
    webhook_harness: WebhookHarness, point: str, fault: Fault
) -> None:
    injector = FaultInjector(point, fault)
    message_id = await deliver(webhook_harness, injector)

    calls = webhook_harness.receivers.calls["/hook"]
    assert injector.triggered.is_set()
    assert {call.id for call in calls} == {message_id}
    assert len({call.body for call in calls}) == 1
    # Sent twice only if it had arrived and that was not recorded.
    arrived_unrecorded = point in {"post 1 ended", "transact 3 begins"}
    assert len(calls) == (2 if arrived_unrecorded else 1)
