"""Each plan's limits are exact to the last generation, with everybody at once and across the edge of the window."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import pytest
from sqlalchemy import select

from accounts import repository
from accounts.keys import Principal
from accounts.limits import DAY, MINUTE, count_generation
from accounts.plans import PLANS, PlanName
from generations.generation import Status
from generations.repository import generation
from generations.requests.submit import submit
from kit.errors import RateLimited
from tests.fixtures.heart import PICTURE, UseCaseHarness

pytestmark = pytest.mark.anyio

LIMITED = (PlanName.FREE, PlanName.STARTER, PlanName.PRO)
CREDITS = 1_000_000
TOO_MANY = 4  # requests more than are allowed


def concurrent(plan: PlanName) -> int:
    allowed = PLANS[plan].concurrent
    assert allowed is not None
    return allowed


async def crowd(heart: UseCaseHarness, owner: Principal, *, size: int) -> Counter[str]:
    """Ask so many times at once; how often each answer came: `accepted`, or the limit that was in the way."""
    asked = (submit(heart.services, owner, PICTURE) for _ in range(size))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, RateLimited):
            raise answer
    return Counter(
        str(answer.extensions["limit"]) if isinstance(answer, RateLimited) else "accepted" for answer in answers
    )


async def finish_all(heart: UseCaseHarness, owner: Principal) -> None:
    mine = select(generation.c.id).where(
        generation.c.account_id == owner.account_id, generation.c.status == Status.PROCESSING
    )
    running = await heart.database.read(lambda connection: connection.execute(mine).scalars().all())
    for generation_id in running:
        heart.upstream.finish(generation_id)
        await heart.until(owner, generation_id, lambda state: state.is_over)


async def use_up(heart: UseCaseHarness, owner: Principal, **counters: int) -> None:
    """Set counters of the present windows as they would be after so many generations that have ended."""
    second = int(heart.clock.now().timestamp())
    windows: Mapping[str, int] = {"minute": second // MINUTE, "day": second // DAY, "in_minute": 0, "in_day": 0}
    row = {**windows, "running": 0, **counters}
    await heart.database.transact(lambda t: repository.save_usage(t.connection, owner.account_id, row))


@pytest.mark.parametrize("plan", LIMITED)
async def test_as_many_run_at_a_time_as_the_plan_allows(heart: UseCaseHarness, plan: PlanName) -> None:
    owner = await heart.an_account(plan=plan, credits=CREDITS)
    allowed = concurrent(plan)

    assert await crowd(heart, owner, size=allowed + TOO_MANY) == {"accepted": allowed, "concurrent": TOO_MANY}
    await finish_all(heart, owner)
    assert await crowd(heart, owner, size=allowed + TOO_MANY) == {"accepted": allowed, "concurrent": TOO_MANY}


@pytest.mark.parametrize("plan", LIMITED)
@pytest.mark.parametrize(("window", "seconds"), [("minute", MINUTE), ("day", DAY)])
async def test_a_window_allows_its_last_one_and_the_next_window_begins_at_its_edge(
    heart: UseCaseHarness, plan: PlanName, window: str, seconds: int
) -> None:
    owner = await heart.an_account(plan=plan, credits=CREDITS)
    stranger = await heart.an_account(plan=plan, credits=CREDITS)
    allowed = PLANS[plan].per_minute if window == "minute" else PLANS[plan].per_day
    assert allowed is not None
    left = max(1, concurrent(plan) - 1)
    await use_up(heart, owner, **{f"in_{window}": allowed - left})

    heart.clock.move(seconds - 0.001)
    if window == "day":
        await use_up(heart, owner, in_day=allowed - left)
    first = await crowd(heart, owner, size=left)
    await finish_all(heart, owner)
    over = await crowd(heart, owner, size=TOO_MANY)
    assert (first, over) == ({"accepted": left}, {window: TOO_MANY})
    assert await crowd(heart, stranger, size=1) == {"accepted": 1}, "the limits of one account are no other's"

    heart.clock.move(0.001)
    assert (await crowd(heart, owner, size=concurrent(plan) + TOO_MANY))["accepted"] == concurrent(plan)


@pytest.mark.parametrize("plan", LIMITED)
async def test_the_answer_says_when_the_window_ends(heart: UseCaseHarness, plan: PlanName) -> None:
    owner = await heart.an_account(plan=plan, credits=CREDITS)
    limits = PLANS[plan]
    assert limits.per_minute is not None
    assert limits.per_day is not None
    heart.clock.move(12.5)

    await use_up(heart, owner, in_minute=limits.per_minute)
    with pytest.raises(RateLimited) as in_minute:
        await submit(heart.services, owner, PICTURE)
    await use_up(heart, owner, in_day=limits.per_day)
    with pytest.raises(RateLimited) as in_day:
        await submit(heart.services, owner, PICTURE)

    assert in_minute.value.extensions["retryAfter"] == MINUTE - 12
    assert in_day.value.extensions["retryAfter"] == DAY - 12


async def test_a_request_that_looked_at_the_clock_just_before_the_edge_does_not_begin_the_old_window_anew(
    heart: UseCaseHarness,
) -> None:
    owner = await heart.an_account(plan=PlanName.FREE, credits=CREDITS)
    before = heart.clock.now()
    heart.clock.move(MINUTE)
    after = heart.clock.now()
    limits_met: list[str] = []

    async def count_one(moment: datetime) -> bool:
        try:
            await heart.database.transact(lambda t: count_generation(t, owner.account_id, owner.plan, at=moment))
        except RateLimited as refusal:
            limits_met.append(str(refusal.extensions["limit"]))
            return False
        await heart.database.transact(lambda t: repository.end_one(t.connection, owner.account_id))
        return True

    counted = [await count_one(moment) for moment in (after, before) * 20]

    assert counted.count(True) == PLANS[PlanName.FREE].per_minute
    assert set(limits_met) == {"minute"}
