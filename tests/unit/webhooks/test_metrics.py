"""The counters of webhook attempts, and the number of pending deliveries."""

import pytest

from kit.metrics import WEBHOOK_ATTEMPTS
from tests.support.webhook_harness import WebhookHarness
from webhooks.repository import count_pending

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("path", "outcome", "pending"), [("/hook", "2xx", 0), ("/status/500", "5xx", 1)])
async def test_an_attempt_is_counted_by_class_of_its_status(
    webhook_harness: WebhookHarness, path: str, outcome: str, pending: int
) -> None:
    before = WEBHOOK_ATTEMPTS.series(outcome).value
    owner = await webhook_harness.create_account()

    await webhook_harness.publish_event(owner, path=path)
    await webhook_harness.settle()

    assert WEBHOOK_ATTEMPTS.series(outcome).value == before + 1
    assert await webhook_harness.database.read(count_pending) == pending
