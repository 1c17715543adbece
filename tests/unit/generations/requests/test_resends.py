"""Requests that a client repeats without a key, counting its deliveries, on both databases."""

import asyncio
from datetime import timedelta

import pytest

from accounts.principal import Principal
from generations.requests.cancel import cancel
from generations.requests.delete import delete
from generations.requests.resends import WINDOW, Delivery
from generations.requests.submit import Submission, submit
from kit.errors import InsufficientCredits
from tests.support.use_case_harness import PICTURE, PICTURE_COST, UseCaseHarness

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


async def deliver(
    use_cases: UseCaseHarness, owner: Principal, count: int | None, *, content: str = "a", earlier: timedelta = SECOND
) -> Submission:
    """Submit a delivery that was received `earlier` than now."""
    delivery = Delivery(content, count, use_cases.clock.now() - earlier)
    return await submit(use_cases.services, owner, PICTURE, delivery=delivery)


async def test_a_repetition_is_the_first_generation(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    first = await deliver(use_cases, owner, 0)
    again = [await deliver(use_cases, owner, count) for count in (1, 2)]

    assert not first.replayed
    assert [(one.generation.id, one.replayed) for one in again] == [(first.generation.id, True)] * 2
    assert (await use_cases.balance(owner)).held == PICTURE_COST


async def test_each_first_delivery_is_a_request_of_its_own(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()

    deliveries = [await deliver(use_cases, owner, 0) for _ in range(3)]
    deliveries += [await deliver(use_cases, owner, None) for _ in range(2)]

    assert len({one.generation.id for one in deliveries}) == 5


@pytest.mark.parametrize("counts", [(0, 1), (1, 0), (0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)])
async def test_overlapping_deliveries_are_one_generation_in_any_order(
    use_cases: UseCaseHarness, counts: tuple[int, ...]
) -> None:
    owner = await use_cases.create_account()

    submissions = [await deliver(use_cases, owner, count) for count in counts]

    assert len({submission.generation.id for submission in submissions}) == 1
    assert (await use_cases.balance(owner)).held == PICTURE_COST


async def test_concurrent_deliveries_are_bought_once_for_each_request(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100 * PICTURE_COST)
    requests = 20

    submissions = await asyncio.gather(
        *(deliver(use_cases, owner, count) for _ in range(requests) for count in (1, 0, 2))
    )

    made = [submission.generation.id for submission in submissions]
    assert len(set(made)) == requests
    assert all(made.count(one) == 3 for one in made)
    assert (await use_cases.balance(owner)).held == requests * PICTURE_COST


async def test_a_repetition_whose_first_delivery_never_arrived_does_not_take_a_later_request(
    use_cases: UseCaseHarness,
) -> None:
    owner = await use_cases.create_account()
    repetition = await deliver(use_cases, owner, 1)
    use_cases.clock.move(5)
    later = await deliver(use_cases, owner, 0)

    assert not repetition.replayed
    assert not later.replayed
    assert later.generation.id != repetition.generation.id


async def test_a_repetition_long_after_the_request_is_a_new_one(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    first = await deliver(use_cases, owner, 0)
    use_cases.clock.move((WINDOW - SECOND).total_seconds())
    again = await deliver(use_cases, owner, 1)
    use_cases.clock.move((WINDOW - SECOND).total_seconds())
    last = await deliver(use_cases, owner, 2)
    use_cases.clock.move(4 * WINDOW.total_seconds())
    late = await deliver(use_cases, owner, 2)

    assert again.generation.id == last.generation.id == first.generation.id
    assert late.generation.id != first.generation.id


async def test_other_content_and_another_key_are_other_requests(use_cases: UseCaseHarness) -> None:
    owner, other = [await use_cases.create_account() for _ in range(2)]
    first = await deliver(use_cases, owner, 0)

    repetitions = [await deliver(use_cases, owner, 1, content="b"), await deliver(use_cases, other, 1)]

    assert not any(one.replayed for one in repetitions)
    assert first.generation.id not in [one.generation.id for one in repetitions]


async def test_a_refused_delivery_leaves_nothing_that_a_repetition_could_find(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=PICTURE_COST - 1)

    with pytest.raises(InsufficientCredits):
        await deliver(use_cases, owner, 0)
    with pytest.raises(InsufficientCredits):
        await deliver(use_cases, owner, 1)


async def test_the_repetition_of_a_deleted_generation_is_a_new_one(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    first = await deliver(use_cases, owner, 0)
    await cancel(use_cases.services, owner, first.generation.id)
    await delete(use_cases.services, owner, first.generation.id)

    assert not (await deliver(use_cases, owner, 1)).replayed
