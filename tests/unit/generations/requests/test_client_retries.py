"""Retries without an idempotency key, by a client that numbers its attempts, on both databases."""

import asyncio
from datetime import timedelta

import pytest

from accounts.principal import Principal
from generations.requests.accept import Acceptance, accept_generation
from generations.requests.cancel import cancel
from generations.requests.client_retries import RETENTION, WINDOW, ClientAttempt
from generations.requests.delete import delete
from kit.errors import InsufficientCredits
from server.roles.housekeeping import delete_expired
from tests.support.use_case_harness import PICTURE, PICTURE_COST, UseCaseHarness

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


async def send(
    use_cases: UseCaseHarness,
    owner: Principal,
    retry_count: int | None,
    *,
    content: str = "a",
    earlier: timedelta = SECOND,
) -> Acceptance:
    """Submit an attempt that was received `earlier` than now."""
    attempt = ClientAttempt(content, retry_count, use_cases.clock.now() - earlier)
    return await accept_generation(use_cases.services, owner, PICTURE, attempt=attempt)


async def test_a_retry_is_the_first_generation(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    first = await send(use_cases, owner, 0)
    again = [await send(use_cases, owner, number) for number in (1, 2)]

    assert not first.replayed
    assert [(one.generation.id, one.replayed) for one in again] == [(first.generation.id, True)] * 2
    assert (await use_cases.balance(owner)).held == PICTURE_COST


async def test_each_first_attempt_is_a_request_of_its_own(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()

    sent = [await send(use_cases, owner, 0) for _ in range(3)]
    sent += [await send(use_cases, owner, None) for _ in range(2)]

    assert len({one.generation.id for one in sent}) == 5


@pytest.mark.parametrize("numbers", [(0, 1), (1, 0), (0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)])
async def test_overlapping_attempts_are_one_generation_in_any_order(
    use_cases: UseCaseHarness, numbers: tuple[int, ...]
) -> None:
    owner = await use_cases.create_account()

    acceptances = [await send(use_cases, owner, number) for number in numbers]

    assert len({acceptance.generation.id for acceptance in acceptances}) == 1
    assert (await use_cases.balance(owner)).held == PICTURE_COST


async def test_concurrent_attempts_are_bought_once_for_each_request(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100 * PICTURE_COST)
    requests = 20

    acceptances = await asyncio.gather(
        *(send(use_cases, owner, number) for _ in range(requests) for number in (1, 0, 2))
    )

    made = [acceptance.generation.id for acceptance in acceptances]
    assert len(set(made)) == requests
    assert all(made.count(one) == 3 for one in made)
    assert (await use_cases.balance(owner)).held == requests * PICTURE_COST


async def test_a_retry_whose_first_attempt_never_arrived_does_not_take_a_later_request(
    use_cases: UseCaseHarness,
) -> None:
    owner = await use_cases.create_account()
    retry = await send(use_cases, owner, 1)
    use_cases.clock.move(5)
    later = await send(use_cases, owner, 0)

    assert not retry.replayed
    assert not later.replayed
    assert later.generation.id != retry.generation.id


async def test_a_retry_long_after_the_request_is_a_new_one(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    first = await send(use_cases, owner, 0)
    use_cases.clock.move((WINDOW - SECOND).total_seconds())
    again = await send(use_cases, owner, 1)
    use_cases.clock.move((WINDOW - SECOND).total_seconds())
    last = await send(use_cases, owner, 2)
    use_cases.clock.move(4 * WINDOW.total_seconds())
    late = await send(use_cases, owner, 2)

    assert again.generation.id == last.generation.id == first.generation.id
    assert late.generation.id != first.generation.id


async def test_other_content_and_another_key_are_other_requests(use_cases: UseCaseHarness) -> None:
    owner, other = [await use_cases.create_account() for _ in range(2)]
    first = await send(use_cases, owner, 0)

    retries = [await send(use_cases, owner, 1, content="b"), await send(use_cases, other, 1)]

    assert not any(one.replayed for one in retries)
    assert first.generation.id not in [one.generation.id for one in retries]


async def test_a_refused_attempt_leaves_nothing_that_a_retry_could_find(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=PICTURE_COST - 1)

    with pytest.raises(InsufficientCredits):
        await send(use_cases, owner, 0)
    with pytest.raises(InsufficientCredits):
        await send(use_cases, owner, 1)


async def test_the_retry_of_a_deleted_generation_is_a_new_one(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    first = await send(use_cases, owner, 0)
    await cancel(use_cases.services, owner, first.generation.id)
    await delete(use_cases.services, owner, first.generation.id)

    assert not (await send(use_cases, owner, 1)).replayed


async def test_what_identifies_retries_is_deleted_after_a_day(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    await send(use_cases, owner, 0)
    await send(use_cases, owner, 0)
    use_cases.clock.move(RETENTION.total_seconds() - 1)
    early = await delete_expired(use_cases.services)
    use_cases.clock.move(1)

    assert early == 0
    assert await delete_expired(use_cases.services) == 3, "two requests and their content"
    assert not (await send(use_cases, owner, 0)).replayed
