"""Estimates price as purchases do, and their quotes bind."""

import base64
from dataclasses import replace

import pytest

from generations.requests.quotes import estimate
from generations.requests.submit import submit
from kit.errors import QuoteExpired, SpendCapReached
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
