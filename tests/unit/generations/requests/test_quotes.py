"""Estimates and quotes."""

import base64
from dataclasses import replace

import pytest

from generations.requests.accept import accept_generation
from generations.requests.generation_request import GenerationRequest
from generations.requests.plan import plan_generation
from generations.requests.quotes import estimate
from kit.errors import InvalidInput, QuoteExpired, SpendCapReached
from providers.backend import GenerationType
from providers.catalogue import estimate_seconds
from tests.support.use_case_harness import PICTURE, PICTURE_COST, UseCaseHarness

pytestmark = pytest.mark.anyio

KLING = GenerationRequest(type=GenerationType.VIDEO, provider="kling", input={"text": "a fox"}, options={"duration": 7})
DEEPLY_NESTED = "quote_" + base64.urlsafe_b64encode(bytes(16) + b"[" * 100_000).decode()


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: object) -> str:
    return f"sqlite:///{tmp_path}/quotes.db"


async def test_an_estimate_has_the_price_of_generate_and_is_free(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    quote = estimate(use_cases.services, owner, PICTURE)
    accepted = await use_cases.accept(owner, replace(PICTURE, quote_id=quote.quote_id))

    assert quote.credit_cost == accepted.credit_cost == PICTURE_COST
    assert (await use_cases.balance(owner)).available == 100 - PICTURE_COST


async def test_a_quote_expires_after_fifteen_minutes(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    request = replace(PICTURE, quote_id=estimate(use_cases.services, owner, PICTURE).quote_id)

    use_cases.clock.move(15 * 60 - 1)
    await use_cases.accept(owner, request)
    use_cases.clock.move(1)
    with pytest.raises(QuoteExpired):
        await use_cases.accept(owner, request)


async def test_a_quote_is_bound_to_its_account_and_request(use_cases: UseCaseHarness) -> None:
    owner, stranger = await use_cases.create_account(), await use_cases.create_account()
    quote_id = estimate(use_cases.services, owner, PICTURE).quote_id

    with pytest.raises(QuoteExpired):
        await use_cases.accept(stranger, replace(PICTURE, quote_id=quote_id))
    with pytest.raises(QuoteExpired):
        await use_cases.accept(owner, replace(PICTURE, quote_id=quote_id, input={"text": "another"}))
    with pytest.raises(QuoteExpired):
        await use_cases.accept(owner, replace(PICTURE, quote_id=quote_id[:-2] + "AA"))


@pytest.mark.parametrize("quote_id", ["", "quote_", "nonsense", "quote_" + "A" * 500, "quote_é", "\x00", DEEPLY_NESTED])
async def test_an_invalid_quote_is_rejected(use_cases: UseCaseHarness, quote_id: str) -> None:
    owner = await use_cases.create_account()

    with pytest.raises(QuoteExpired):
        await accept_generation(use_cases.services, owner, replace(PICTURE, quote_id=quote_id))


async def test_a_price_above_max_credits_is_rejected(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()

    with pytest.raises(SpendCapReached):
        await use_cases.accept(owner, replace(PICTURE, max_credits=PICTURE_COST - 1))
    await use_cases.accept(owner, replace(PICTURE, max_credits=PICTURE_COST))


async def test_an_estimate_lists_the_adjustments(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()

    adjustments = estimate(use_cases.services, owner, KLING).adjustments

    assert [(one["field"], one["requested"], one["used"]) for one in adjustments] == [
        ("options.duration", 7, 5),
        ("options.mode", "standard", "master"),
        ("options.model", "2.1", "2.1-master"),
    ]


async def test_a_strict_request_is_rejected_instead_of_adjusted(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    with pytest.raises(InvalidInput) as refused:
        await use_cases.accept(owner, replace(KLING, strict=True))

    assert refused.value.message == (
        "`options.duration` would be adjusted from 7 to 5, and the request is strict: "
        "it may be 5, 10; the nearest was used."
    )
    assert refused.value.extensions == {
        "field": "input.options.duration",
        "allowedValues": ["5", "10"],
        "suggestion": "5",
    }
    assert (await use_cases.balance(owner)).held == 0


async def test_a_strict_request_without_a_provider_gets_one_that_needs_no_adjustment(
    use_cases: UseCaseHarness,
) -> None:
    owner = await use_cases.create_account()
    strict = replace(KLING, provider=None, options={"duration": 8}, strict=True)

    accepted = await use_cases.accept(owner, strict)

    assert accepted.options["duration"] == 8
    assert accepted.adjustments == []


@pytest.mark.parametrize(
    ("type", "provider", "text", "simulated", "real"),
    [
        (GenerationType.VIDEO, "kling", "a fox", 10, 75),
        (GenerationType.VIDEO, "kling", "a fox test:delay=20", 30, 75),
        (GenerationType.AVATAR, "heygen", "Hello there", 5, 63),
        (GenerationType.IMAGE, "gpt-image-2", "a fox", 1, 30),
        (GenerationType.MUSIC, "suno", "a song", 3, 55),
    ],
)
async def test_the_time_of_a_test_key_is_that_of_the_simulation(
    use_cases: UseCaseHarness, type: GenerationType, provider: str, text: str, simulated: int, real: int
) -> None:
    request = GenerationRequest(type=type, provider=provider, input={"text": text})

    plan = plan_generation(use_cases.services, request, test_mode=True, default_seed=1, at=use_cases.clock.now())

    assert plan.estimated_time == simulated
    assert estimate_seconds(plan.provider, plan.validated) == real
