"""The webhook deliveries that changes of generations and credits write to the outbox."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from accounts.principal import Principal
from credits.ledger import LedgerAccount, set_low_balance_threshold
from database.transaction import Transaction
from generations import repository, transitions
from generations.generation import Generation
from generations.requests.cancel import cancel
from generations.requests.delete import delete
from kit.errors import ContentViolation, InvalidInput
from kit.outbound import validate_url
from kit.pagination import PageRequest
from server.roles.housekeeping import delete_expired
from tests.support.use_case_harness import PICTURE, PICTURE_COST, UseCaseHarness
from webhooks.deliveries import RETENTION, Delivery, page_of_deliveries
from webhooks.endpoints import create_endpoint
from webhooks.event import EventType
from webhooks.outbox import Outbox

pytestmark = pytest.mark.anyio

URL = "https://example.com/hook"
ALL = PageRequest(size=100, after=None, before=None, backward=False)


async def deliveries(use_cases: UseCaseHarness, owner: Principal) -> Sequence[Delivery]:
    """Return the deliveries of the account, oldest first."""
    page = await use_cases.database.read(lambda connection: page_of_deliveries(connection, owner, ALL, {}))
    return sorted(page.items, key=lambda delivery: (delivery.created_at, delivery.body.get("version", 0)))


async def add_endpoint(use_cases: UseCaseHarness, owner: Principal, *events: EventType) -> None:
    await use_cases.database.transact(
        lambda transaction: create_endpoint(
            transaction, owner, Outbox(validate_url), url=URL, at=use_cases.clock.now(), events=events or None
        )
    )


REQUEST = replace(PICTURE, webhook_url=URL)


def is_over(generation: Generation) -> bool:
    return generation.is_over


async def complete_generation(use_cases: UseCaseHarness, owner: Principal) -> Generation:
    accepted = await use_cases.accept(owner, REQUEST)
    use_cases.upstream.finish(accepted.id)
    return await use_cases.until(owner, accepted.id, is_over)


async def test_a_completed_generation_has_a_delivery_in_the_published_format(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    ended = await complete_generation(use_cases, owner)

    (delivery,) = await deliveries(use_cases, owner)
    assert delivery.event is EventType.GENERATION_COMPLETED
    assert delivery.message_id == f"msg_{ended.id.removeprefix('gen_')}_{ended.version}"
    assert delivery.body == {
        "type": "generation.completed",
        "id": ended.id,
        "status": "completed",
        "url": None,
        "service": "flux-pro",
        "createdAt": "2026-01-01T00:00:00.000Z",
        "completedAt": "2026-01-01T00:00:00.000Z",
        "metadata": {"duration": None, "width": None, "height": None},
        "creditCost": PICTURE_COST,
        "error": None,
        "progress": 100,
        "version": ended.version,
    }


async def test_failed_and_cancelled_generations_have_deliveries(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    failing = await use_cases.accept(owner, REQUEST)
    use_cases.upstream.fail(failing.id, ContentViolation("no"))
    await use_cases.until(owner, failing.id, is_over)
    cancelled = await use_cases.accept(owner, REQUEST)
    await cancel(use_cases.services, owner, cancelled.id)

    bodies = {delivery.body["id"]: delivery.body for delivery in await deliveries(use_cases, owner)}
    assert bodies[failing.id]["status"] == "failed"
    assert bodies[failing.id]["error"] == {"code": "CONTENT_VIOLATION", "message": "no", "retryable": False}
    assert (bodies[cancelled.id]["type"], bodies[cancelled.id]["status"]) == ("generation.cancelled", "cancelled")


async def test_progress_is_delivered_to_endpoints_that_select_it_only(
    use_cases: UseCaseHarness,
) -> None:
    owner = await use_cases.create_account()
    await add_endpoint(use_cases, owner, EventType.GENERATION_PROGRESS)
    ended = await complete_generation(use_cases, owner)

    *progress, end = await deliveries(use_cases, owner)
    assert [delivery.body["version"] for delivery in progress] == list(range(2, ended.version))
    assert {delivery.body["status"] for delivery in progress} == {"processing"}
    assert {delivery.endpoint_id is None for delivery in progress} == {False}
    assert (end.event, end.endpoint_id) == (EventType.GENERATION_COMPLETED, None)


async def test_a_rolled_back_change_has_no_delivery(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    accepted = await use_cases.accept(owner, REQUEST)
    await use_cases.kill()

    def cancel_and_fail(transaction: Transaction) -> None:
        current = repository.lock(transaction.connection, accepted.id)
        assert current is not None
        transitions.cancel(transaction, use_cases.services, current, at=use_cases.clock.now())
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await use_cases.database.transact(cancel_and_fail)
    assert not await deliveries(use_cases, owner)


async def test_low_credits_are_delivered_once_until_the_balance_rises(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    await add_endpoint(use_cases, owner, EventType.CREDITS_LOW)
    await use_cases.database.transact(
        lambda t: set_low_balance_threshold(t, LedgerAccount(owner.account_id, False), 70)
    )
    first = await use_cases.accept(owner)
    assert not await deliveries(use_cases, owner)
    second = await use_cases.accept(owner)
    await use_cases.accept(owner)

    (delivery,) = await deliveries(use_cases, owner)
    assert (delivery.body["type"], delivery.body["available"], delivery.body["lowAt"]) == ("credits.low", 60, 70)

    await cancel(use_cases.services, owner, first.id)
    await cancel(use_cases.services, owner, second.id)
    await use_cases.accept(owner)
    await use_cases.accept(owner)
    assert len(await deliveries(use_cases, owner)) == 2


async def test_deleting_a_generation_erases_its_deliveries(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    failing = await use_cases.accept(owner, REQUEST)
    use_cases.upstream.fail(failing.id, ContentViolation("a secret prompt"))
    await use_cases.until(owner, failing.id, is_over)
    await delete(use_cases.services, owner, failing.id)

    (delivery,) = await deliveries(use_cases, owner)
    assert (delivery.body["error"], delivery.body["url"]) == (None, None)


async def test_pending_deliveries_are_kept_after_30_days(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    await complete_generation(use_cases, owner)
    waiting = (await deliveries(use_cases, owner))[0]
    use_cases.clock.move(RETENTION.total_seconds())
    await delete_expired(use_cases.services)
    assert [delivery.id for delivery in await deliveries(use_cases, owner)] == [waiting.id]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com/hook", "`http:` addresses are not used here."),
        ("https://127.0.0.1/hook", "not on the public internet"),
        ("https://[::1]/hook", "not on the public internet"),
        ("https://2130706433/hook", "not a standard notation of an address"),
        ("https://169.254.169.254/latest", "not on the public internet"),
        ("https://me:secret@example.com/", "carries a user name"),
        ("https://exa mple.com/", "address"),
        ("https:///hook", "no host"),
        ("https://xn--/hook", "not an address"),
        ("hook", "no scheme"),
        ("", "no scheme"),
    ],
)
async def test_an_invalid_webhook_url_is_rejected_without_charge(
    use_cases: UseCaseHarness, url: str, reason: str
) -> None:
    owner = await use_cases.create_account()
    with pytest.raises(InvalidInput) as error:
        await use_cases.accept(owner, replace(PICTURE, webhook_url=url))
    assert error.value.field == "input.webhookUrl"
    assert reason in error.value.message
    assert (await use_cases.balance(owner)).held == 0
