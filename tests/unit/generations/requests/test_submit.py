"""Accepting generations: once each, within the credits and the plan, on both databases."""

import asyncio
from dataclasses import replace

import pytest

from accounts.plans import PlanName
from generations.generation import Generation
from generations.requests.submit import Submission, submit
from kit.errors import (
    DoitongError,
    IdempotencyMismatch,
    InsufficientCredits,
    InvalidInput,
    NotFound,
    ProviderUnavailable,
    RateLimited,
    SpendCapReached,
)
from providers.backend import GenerationType
from server.roles.housekeeping import delete_expired
from tests.support.use_case_harness import PICTURE, PICTURE_COST, UseCaseHarness

pytestmark = pytest.mark.anyio


async def test_two_hundred_requests_with_one_key_are_one_generation(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=1000)
    request = replace(PICTURE, idempotency_key="order-1")

    submissions = await asyncio.gather(*(submit(use_cases.services, owner, request) for _ in range(200)))

    assert len({submission.generation.id for submission in submissions}) == 1
    assert sum(submission.replayed for submission in submissions) == 199
    assert (await use_cases.balance(owner)).held == PICTURE_COST


async def test_credits_for_five_accept_exactly_five_of_fifty(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=5 * PICTURE_COST)

    results = await asyncio.gather(
        *(submit(use_cases.services, owner, PICTURE) for _ in range(50)), return_exceptions=True
    )

    refusals = [result for result in results if isinstance(result, InsufficientCredits)]
    assert (len(results) - len(refusals), len(refusals)) == (5, 45)
    assert refusals[-1].extensions == {"creditsRequired": PICTURE_COST, "creditsAvailable": 0}
    balance = await use_cases.balance(owner)
    assert (balance.available, balance.held) == (0, 5 * PICTURE_COST)


async def test_a_key_used_for_another_request_is_a_mismatch(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    await submit(use_cases.services, owner, replace(PICTURE, idempotency_key="k"))

    with pytest.raises(IdempotencyMismatch):
        await submit(use_cases.services, owner, replace(PICTURE, idempotency_key="k", input={"text": "another"}))


async def test_a_key_is_forgotten_after_a_day(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    request = replace(PICTURE, idempotency_key="k")
    first = await submit(use_cases.services, owner, request)

    use_cases.clock.move(24 * 3600 - 1)
    assert (await submit(use_cases.services, owner, request)).replayed
    use_cases.clock.move(1)
    second = await submit(use_cases.services, owner, request)

    assert not second.replayed
    assert second.generation.id != first.generation.id


async def test_the_sweep_forgets_only_keys_that_are_a_day_old(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    await submit(use_cases.services, owner, replace(PICTURE, idempotency_key="old"))
    use_cases.clock.move(24 * 3600 - 60)
    young = await submit(use_cases.services, owner, replace(PICTURE, idempotency_key="young"))
    use_cases.clock.move(60)

    assert await delete_expired(use_cases.services) == 1
    again = await submit(use_cases.services, owner, replace(PICTURE, idempotency_key="young"))
    assert again.generation.id == young.generation.id


async def test_keys_of_two_accounts_do_not_meet(use_cases: UseCaseHarness) -> None:
    one, other = await use_cases.create_account(), await use_cases.create_account()
    request = replace(PICTURE, idempotency_key="k")

    first, second = await submit(use_cases.services, one, request), await submit(use_cases.services, other, request)

    assert first.generation.id != second.generation.id


async def test_a_refused_request_does_not_use_its_key_up(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=0)
    request = replace(PICTURE, idempotency_key="k")
    with pytest.raises(InsufficientCredits):
        await submit(use_cases.services, owner, request)

    rich = await use_cases.create_account(credits=100)
    assert not (await submit(use_cases.services, rich, request)).replayed
    with pytest.raises(InsufficientCredits):
        await submit(use_cases.services, owner, request)


async def test_what_is_refused_leaves_nothing_behind(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=1000)
    bad: list[tuple[dict[str, object], type[DoitongError]]] = [
        ({"provider": "flux-prp"}, InvalidInput),
        ({"provider": "kling"}, InvalidInput),
        ({"input": {"text": "   "}}, InvalidInput),
        ({"input": {"text": "x" * 100_000}}, InvalidInput),
        ({"input": {}}, InvalidInput),
        ({"options": {"width": "wide"}}, InvalidInput),
        ({"options": {"widht": 512}}, InvalidInput),
        ({"options": {"quality": "best"}}, InvalidInput),
        ({"webhook_url": "ftp://example.com"}, InvalidInput),
        ({"idempotency_key": "x" * 256}, InvalidInput),
        ({"max_credits": 19}, SpendCapReached),
        ({"provider": "gpt-image-2"}, ProviderUnavailable),
    ]
    for changes, error in bad:
        with pytest.raises(error):
            await submit(use_cases.services, owner, replace(PICTURE, **changes))  # type: ignore[arg-type]

    balance = await use_cases.balance(owner)
    assert (balance.available, balance.held) == (1000, 0)


async def test_a_misspelt_provider_and_option_are_told_apart_with_the_nearest_spelling(
    use_cases: UseCaseHarness,
) -> None:
    owner = await use_cases.create_account()

    with pytest.raises(InvalidInput) as provider:
        await submit(use_cases.services, owner, replace(PICTURE, provider="flux-prp"))
    with pytest.raises(InvalidInput) as option:
        await submit(use_cases.services, owner, replace(PICTURE, options={"widht": 512}))

    assert provider.value.extensions["suggestion"] == "flux-pro"
    assert provider.value.extensions["field"] == "input.provider"
    assert option.value.extensions["suggestion"] == "width"
    assert option.value.extensions["field"] == "input.options.widht"


async def test_the_free_plan_allows_one_at_a_time(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(plan=PlanName.FREE)

    results = await asyncio.gather(
        *(submit(use_cases.services, owner, PICTURE) for _ in range(5)), return_exceptions=True
    )

    refusals = [result for result in results if isinstance(result, RateLimited)]
    assert len(refusals) == 4
    assert refusals[0].extensions["limit"] == "concurrent"


async def test_an_ended_generation_makes_room_for_the_next(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(plan=PlanName.FREE)
    first = await use_cases.accept(owner)
    use_cases.upstream.finish(first.id)
    await use_cases.until(owner, first.id, lambda state: state.is_over)

    assert isinstance(await submit(use_cases.services, owner, PICTURE), Submission)


async def test_the_minute_is_counted_to_its_edge(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(plan=PlanName.PRO, credits=10_000)

    async def one() -> Generation:
        accepted = await use_cases.accept(owner)
        use_cases.upstream.finish(accepted.id)
        return await use_cases.until(owner, accepted.id, lambda state: state.is_over)

    for _ in range(60):
        await one()
    with pytest.raises(RateLimited) as refusal:
        await use_cases.accept(owner)
    assert (refusal.value.extensions["limit"], refusal.value.extensions["retryAfter"]) == ("minute", 60)

    use_cases.clock.move(59.5)
    with pytest.raises(RateLimited):
        await use_cases.accept(owner)
    use_cases.clock.move(0.5)
    await one()


async def test_without_a_provider_the_best_available_one_is_chosen(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=10_000)

    chosen = await use_cases.accept(owner, replace(PICTURE, provider=None))
    auto = await use_cases.accept(owner, replace(PICTURE, provider="auto"))

    assert chosen.provider == auto.provider
    with pytest.raises(ProviderUnavailable):
        await submit(use_cases.services, owner, replace(PICTURE, type=GenerationType.MUSIC, provider=None))


async def test_another_accounts_generation_is_not_there(use_cases: UseCaseHarness) -> None:
    from generations.queries import get_visible
    from generations.requests.cancel import cancel
    from generations.requests.retry import retry

    owner, stranger = await use_cases.create_account(), await use_cases.create_account()
    accepted = await use_cases.accept(owner)
    unknown = "gen_" + "0" * 26

    assert await get_visible(use_cases.services, stranger, accepted.id) is None
    assert await get_visible(use_cases.services, stranger, unknown) is None
    for identifier in (accepted.id, unknown, "gen_\x00", "", "nonsense"):
        with pytest.raises(NotFound):
            await cancel(use_cases.services, stranger, identifier)
        with pytest.raises(NotFound):
            await retry(use_cases.services, stranger, identifier)


async def test_a_key_that_was_used_a_day_ago_makes_one_generation_however_many_ask_at_once(
    use_cases: UseCaseHarness,
) -> None:
    owner = await use_cases.create_account()
    for number in range(5):
        request = replace(PICTURE, idempotency_key=f"k{number}")
        first = await submit(use_cases.services, owner, request)
        use_cases.clock.move(24 * 3600 + 60)
        answers = await asyncio.gather(*(submit(use_cases.services, owner, request) for _ in range(10)))

        assert len({answer.generation.id for answer in answers} - {first.generation.id}) == 1
        assert [answer.replayed for answer in answers].count(False) == 1
