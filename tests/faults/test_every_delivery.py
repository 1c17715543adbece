"""A fault at every await of the dispatcher: the customer is told, and every attempt is the same message."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from kit.outbound import Response, SafeHttpClient
from tests.faults.fuse import Fault, FaultInjector, FusedDatabase
from tests.fixtures.post_office import PATIENCE, TO_CUSTOMERS, WebhookHarness
from webhooks.deliveries import DeliveryStatus
from webhooks.dispatcher import TAKEN_FOR

pytestmark = pytest.mark.anyio

CALLS: Mapping[str, str] = {
    "transact 1": "let go of what was under way before",
    "read 1": "look for what waits",
    "transact 2": "take what is due",
    "post 1": "send",
    "transact 3": "record what came of it",
    "transact 4": "look whether it was lost",
}
MOMENTS = [f"{call} {edge}" for call in CALLS for edge in ("begins", "ended")]


class FusedGuard(SafeHttpClient):
    """A door that can break before or after what it was to send has arrived."""

    def __init__(self, fuse: FaultInjector) -> None:
        super().__init__(**TO_CUSTOMERS)
        self._fuse = fuse

    async def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        timeout: timedelta,  # noqa: ASYNC109 - the guard's interface
        max_answer_bytes: int,
        field: str = "webhookUrl",
    ) -> Response:
        name = await self._fuse.begin("post")
        answer = await super().post(
            url, body=body, headers=headers, timeout=timeout, max_answer_bytes=max_answer_bytes, field=field
        )
        await self._fuse.end(name)
        return answer


async def tell(office: WebhookHarness, fuse: FaultInjector, **fields: Any) -> str:
    """One message with a fuse in its way, from the row to the time after everything was given another chance."""
    await office.kill()
    owner = await office.an_account()
    event = await office.tell(owner, path="/hook", **fields)
    office.start(FusedDatabase(office.database, fuse), FusedGuard(fuse))
    if fuse.fault is Fault.DIES and fuse.moment is not None:
        async with asyncio.timeout(PATIENCE):
            while not fuse.blown.is_set():
                await office.database.read(lambda _: None)
                if office.dispatcher.is_idle:
                    office.clock.move(TAKEN_FOR.total_seconds())
        await office.kill()
        office.start()
    for _ in range(3):
        await office.after(TAKEN_FOR.total_seconds())
    assert (await office.delivery(owner)).status is DeliveryStatus.DELIVERED
    return event.message_id


async def test_the_list_of_calls_is_whole(office: WebhookHarness) -> None:
    fuse = FaultInjector()
    await tell(office, fuse)
    rescans = [moment for moment in fuse.passed if moment.startswith("read ") and not moment.startswith("read 1 ")]
    assert [moment for moment in fuse.passed if moment not in rescans] == MOMENTS


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_message_survives_every_fault(office: WebhookHarness, moment: str, fault: Fault) -> None:
    fuse = FaultInjector(moment, fault)
    message_id = await tell(office, fuse)

    calls = office.customers.calls["/hook"]
    assert fuse.blown.is_set()
    assert {call.id for call in calls} == {message_id}
    assert len({call.body for call in calls}) == 1
    # Twice only where it had arrived and that could not be known.
    arrived_unrecorded = moment in {"post 1 ended", "transact 3 begins"}
    assert len(calls) == (2 if arrived_unrecorded else 1)
