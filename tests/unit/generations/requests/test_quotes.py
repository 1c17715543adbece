"""Estimates price as purchases do, and their quotes bind."""

import base64
from dataclasses import replace

import pytest

from generations.requests.plan import GenerationRequest, plan_generation
from generations.requests.quotes import estimate
from generations.requests.submit import submit
from kit.errors import QuoteExpired, SpendCapReached
from providers.backend import GenerationType
from providers.catalogue import estimate_seconds
from tests.support.use_case_harness import PICTURE, PICTURE_COST, UseCaseHarness

pytestmark = pytest.mark.anyio

BOTTOMLESS = "quote_" + base64.urlsafe_b64encode(bytes(16) + b"[" * 100_000).decode()


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: object) -> str:
    return f"sqlite:///{tmp_path}/quotes.db"


async def test_an_estimate_prices_as_generate_does_and_costs_nothing(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    told = estimate(use_cases.services, owner, PICTURE)
    accepted = await use_cases.accept(owner, replace(PICTURE, quote_id=told.quote_id))

    assert told.credit_cost == accepted.credit_cost == PICTURE_COST
    assert (await use_cases.balance(owner)).available == 100 - PICTURE_COST


async def test_a_quote_is_good_for_fifteen_minutes(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    request = replace(PICTURE, quote_id=estimate(use_cases.services, owner, PICTURE).quote_id)

    use_cases.clock.move(15 * 60 - 1)
    await use_cases.accept(owner, request)
    use_cases.clock.move(1)
    with pytest.raises(QuoteExpired):
        await use_cases.accept(owner, request)


async def test_a_quote_is_for_its_owner_and_its_request_alone(use_cases: UseCaseHarness) -> None:
    owner, stranger = await use_cases.create_account(), await use_cases.create_account()
    quote_id = estimate(use_cases.services, owner, PICTURE).quote_id

    with pytest.raises(QuoteExpired):
        await use_cases.accept(stranger, replace(PICTURE, quote_id=quote_id))
    with pytest.raises(QuoteExpired):
        await use_cases.accept(owner, replace(PICTURE, quote_id=quote_id, input={"text": "another"}))
    with pytest.raises(QuoteExpired):
        await use_cases.accept(owner, replace(PICTURE, quote_id=quote_id[:-2] + "AA"))


@pytest.mark.parametrize("quote_id", ["", "quote_", "nonsense", "quote_" + "A" * 500, "quote_é", "\x00", BOTTOMLESS])
async def test_what_is_no_quote_is_refused(use_cases: UseCaseHarness, quote_id: str) -> None:
    owner = await use_cases.create_account()

    with pytest.raises(QuoteExpired):
        await submit(use_cases.services, owner, replace(PICTURE, quote_id=quote_id))


async def test_no_more_than_max_credits_is_spent(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()

    with pytest.raises(SpendCapReached):
        await use_cases.accept(owner, replace(PICTURE, max_credits=PICTURE_COST - 1))
    await use_cases.accept(owner, replace(PICTURE, max_credits=PICTURE_COST))


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
    assert estimate_seconds(plan.provider, plan.resolved) == real
