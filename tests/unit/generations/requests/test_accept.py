"""Acceptance of generations: idempotency, credits and plan limits, on both databases."""

import asyncio
from dataclasses import replace

import pytest

from accounts.plans import PlanName
from generations.generation import Generation
from generations.requests.accept import Acceptance, accept_generation
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


async def test_two_hundred_concurrent_requests_with_one_key_are_one_generation(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=1000)
    request = replace(PICTURE, idempotency_key="order-1")

    acceptances = await asyncio.gather(*(accept_generation(use_cases.services, owner, request) for _ in range(200)))

    assert len({acceptance.generation.id for acceptance in acceptances}) == 1
    assert sum(acceptance.replayed for acceptance in acceptances) == 199
    assert (await use_cases.balance(owner)).held == PICTURE_COST


async def test_concurrent_requests_are_accepted_up_to_the_available_credits(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=5 * PICTURE_COST)

    results = await asyncio.gather(
        *(accept_generation(use_cases.services, owner, PICTURE) for _ in range(50)), return_exceptions=True
    )

    rejected = [result for result in results if isinstance(result, InsufficientCredits)]
    assert (len(results) - len(rejected), len(rejected)) == (5, 45)
    assert rejected[-1].extensions == {"creditsRequired": PICTURE_COST, "creditsAvailable": 0}
    balance = await use_cases.balance(owner)
    assert (balance.available, balance.held) == (0, 5 * PICTURE_COST)


async def test_a_key_with_another_request_is_a_mismatch(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    await accept_generation(use_cases.services, owner, replace(PICTURE, idempotency_key="k"))

    with pytest.raises(IdempotencyMismatch):
        await accept_generation(
            use_cases.services, owner, replace(PICTURE, idempotency_key="k", input={"text": "another"})
        )


async def test_an_idempotency_key_expires_after_24_hours(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    request = replace(PICTURE, idempotency_key="k")
    first = await accept_generation(use_cases.services, owner, request)

    use_cases.clock.move(24 * 3600 - 1)
    assert (await accept_generation(use_cases.services, owner, request)).replayed
    use_cases.clock.move(1)
    second = await accept_generation(use_cases.services, owner, request)

    assert not second.replayed
    assert second.generation.id != first.generation.id


async def test_only_expired_idempotency_keys_are_deleted(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    await accept_generation(use_cases.services, owner, replace(PICTURE, idempotency_key="old"))
    use_cases.clock.move(24 * 3600 - 60)
    recent = await accept_generation(use_cases.services, owner, replace(PICTURE, idempotency_key="young"))
    use_cases.clock.move(60)

    assert await delete_expired(use_cases.services) == 1
    again = await accept_generation(use_cases.services, owner, replace(PICTURE, idempotency_key="young"))
    assert again.generation.id == recent.generation.id


async def test_idempotency_keys_are_separate_for_each_account(use_cases: UseCaseHarness) -> None:
    complete_one, other = await use_cases.create_account(), await use_cases.create_account()
    request = replace(PICTURE, idempotency_key="k")

    first, second = (
        await accept_generation(use_cases.services, complete_one, request),
        await accept_generation(use_cases.services, other, request),
    )

    assert first.generation.id != second.generation.id


async def test_a_rejected_request_does_not_use_its_idempotency_key(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=0)
    request = replace(PICTURE, idempotency_key="k")
    with pytest.raises(InsufficientCredits):
        await accept_generation(use_cases.services, owner, request)

    funded = await use_cases.create_account(credits=100)
    assert not (await accept_generation(use_cases.services, funded, request)).replayed
    with pytest.raises(InsufficientCredits):
        await accept_generation(use_cases.services, owner, request)


async def test_a_rejected_request_holds_no_credits(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=1000)
    invalid: list[tuple[dict[str, object], type[DoitongError]]] = [
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
    for changes, error in invalid:
        with pytest.raises(error):
            await accept_generation(use_cases.services, owner, replace(PICTURE, **changes))  # type: ignore[arg-type]

    balance = await use_cases.balance(owner)
    assert (balance.available, balance.held) == (1000, 0)


async def test_a_misspelled_provider_or_option_gets_a_suggestion(
    use_cases: UseCaseHarness,
) -> None:
    owner = await use_cases.create_account()

    with pytest.raises(InvalidInput) as provider:
        await accept_generation(use_cases.services, owner, replace(PICTURE, provider="flux-prp"))
    with pytest.raises(InvalidInput) as option:
        await accept_generation(use_cases.services, owner, replace(PICTURE, options={"widht": 512}))

    assert provider.value.extensions["suggestion"] == "flux-pro"
    assert provider.value.extensions["field"] == "input.provider"
    assert option.value.extensions["suggestion"] == "width"
    assert option.value.extensions["field"] == "input.options.widht"


async def test_the_free_plan_runs_one_generation_at_a_time(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(plan=PlanName.FREE)

    results = await asyncio.gather(
        *(accept_generation(use_cases.services, owner, PICTURE) for _ in range(5)), return_exceptions=True
    )

    rejected = [result for result in results if isinstance(result, RateLimited)]
    assert len(rejected) == 4
    assert rejected[0].extensions["limit"] == "concurrent"


async def test_an_ended_generation_frees_its_place_in_the_limit(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(plan=PlanName.FREE)
    first = await use_cases.accept(owner)
    use_cases.upstream.finish(first.id)
    await use_cases.until(owner, first.id, lambda state: state.is_over)

    assert isinstance(await accept_generation(use_cases.services, owner, PICTURE), Acceptance)


async def test_the_limit_per_minute_is_exact(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(plan=PlanName.PRO, credits=10_000)

    async def complete_one() -> Generation:
        accepted = await use_cases.accept(owner)
        use_cases.upstream.finish(accepted.id)
        return await use_cases.until(owner, accepted.id, lambda state: state.is_over)

    for _ in range(60):
        await complete_one()
    with pytest.raises(RateLimited) as error:
        await use_cases.accept(owner)
    assert (error.value.extensions["limit"], error.value.extensions["retryAfter"]) == ("minute", 60)

    use_cases.clock.move(59.5)
    with pytest.raises(RateLimited):
        await use_cases.accept(owner)
    use_cases.clock.move(0.5)
    await complete_one()


async def test_without_a_provider_one_is_chosen_automatically(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=10_000)

    chosen = await use_cases.accept(owner, replace(PICTURE, provider=None))
    auto = await use_cases.accept(owner, replace(PICTURE, provider="auto"))

    assert chosen.provider == auto.provider
    with pytest.raises(ProviderUnavailable):
        await accept_generation(use_cases.services, owner, replace(PICTURE, type=GenerationType.MUSIC, provider=None))


async def test_a_generation_of_another_account_is_not_found(use_cases: UseCaseHarness) -> None:
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


async def test_concurrent_requests_with_an_expired_key_are_one_generation(
    use_cases: UseCaseHarness,
) -> None:
    owner = await use_cases.create_account()
    for number in range(5):
        request = replace(PICTURE, idempotency_key=f"k{number}")
        first = await accept_generation(use_cases.services, owner, request)
        use_cases.clock.move(24 * 3600 + 60)
        acceptances = await asyncio.gather(*(accept_generation(use_cases.services, owner, request) for _ in range(10)))

        assert len({acceptance.generation.id for acceptance in acceptances} - {first.generation.id}) == 1
        assert [acceptance.replayed for acceptance in acceptances].count(False) == 1
