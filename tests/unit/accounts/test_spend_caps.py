"""Spend caps of keys and tokens: held and captured credits count, released ones do not."""

import asyncio
from dataclasses import replace

import pytest

from generations.generation import Status
from generations.requests.accept import Acceptance, accept_generation
from generations.requests.cancel import cancel
from kit.errors import InsufficientCredits, SpendCapReached
from tests.support.controllable_upstream import IMAGE_OUTPUT as AN_IMAGE
from tests.support.keyring import Keyring
from tests.support.use_case_harness import PICTURE, PICTURE_COST, UseCaseHarness

pytestmark = pytest.mark.anyio


async def test_concurrent_requests_are_accepted_up_to_the_cap(use_cases: UseCaseHarness, keyring: Keyring) -> None:
    owner = await keyring.sign_in(await keyring.key(await use_cases.create_account(), spend_cap=3 * PICTURE_COST + 5))

    results = await asyncio.gather(
        *(accept_generation(use_cases.services, owner, PICTURE) for _ in range(30)), return_exceptions=True
    )

    accepted = [result for result in results if isinstance(result, Acceptance)]
    rejected = [result for result in results if isinstance(result, SpendCapReached)]
    assert (len(accepted), len(rejected)) == (3, 27)
    assert rejected[0].extensions == {"creditsRequired": 20, "spendCap": 65, "spent": 60}
    assert (await use_cases.balance(owner)).held == 3 * PICTURE_COST


async def test_captured_credits_count_and_released_ones_do_not(use_cases: UseCaseHarness, keyring: Keyring) -> None:
    account = await use_cases.create_account()
    owner = await keyring.sign_in(await keyring.key(account, spend_cap=3 * PICTURE_COST))
    three = await use_cases.accept(owner, replace(PICTURE, options={"n": 3}))
    assert [key.spent for key in await keyring.listed(account)] == [60]

    use_cases.upstream.finish(three.id, AN_IMAGE)
    await use_cases.until(owner, three.id, lambda state: state.is_over)
    assert [key.spent for key in await keyring.listed(account)] == [20]

    second = await use_cases.accept(owner)
    assert (await cancel(use_cases.services, owner, second.id)).status is Status.CANCELLED
    assert [key.spent for key in await keyring.listed(account)] == [20]


async def test_spending_of_a_token_counts_towards_its_cap_and_that_of_its_key(
    use_cases: UseCaseHarness, keyring: Keyring
) -> None:
    account = await use_cases.create_account()
    parent = await keyring.sign_in(await keyring.key(account, spend_cap=2 * PICTURE_COST))
    small = await keyring.sign_in(await keyring.token(parent, max_credits=PICTURE_COST))
    large = await keyring.sign_in(await keyring.token(parent, max_credits=100 * PICTURE_COST))

    first = await use_cases.accept(small)
    with pytest.raises(SpendCapReached, match="This key may spend 20"):
        await use_cases.accept(small)
    await use_cases.accept(large)
    with pytest.raises(SpendCapReached, match="The key that this token was made with may spend 40"):
        await use_cases.accept(large)

    assert (await cancel(use_cases.services, parent, first.id)).status is Status.CANCELLED
    await use_cases.accept(large)
    assert [key.spent for key in await keyring.listed(account)] == [2 * PICTURE_COST]


async def test_insufficient_credits_do_not_count(use_cases: UseCaseHarness, keyring: Keyring) -> None:
    account = await use_cases.create_account(credits=PICTURE_COST - 1)
    owner = await keyring.sign_in(await keyring.key(account, spend_cap=PICTURE_COST))

    with pytest.raises(InsufficientCredits):
        await use_cases.accept(owner)

    assert [key.spent for key in await keyring.listed(account)] == [0]
