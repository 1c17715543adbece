"""The limits of each plan are exact under concurrency and at the edges of their windows."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import pytest
from sqlalchemy import select

from accounts import repository
from accounts.plans import PLANS, PlanName
from accounts.principal import Principal
from accounts.rate_limits import DAY, MINUTE, ApiLimits, count_generation
from generations.generation import Status
from generations.repository import generation
from generations.requests.accept import accept_generation
from kit.errors import RateLimited
from tests.support.plan_counters import set_counters
from tests.support.use_case_harness import PICTURE, UseCaseHarness

pytestmark = pytest.mark.anyio

LIMITED = (PlanName.FREE, PlanName.STARTER, PlanName.PRO)
CREDITS = 1_000_000
EXCESS = 4  # requests above the limit


def concurrent(plan: PlanName) -> int:
    allowed = PLANS[plan].concurrent
    assert allowed is not None
    return allowed


async def submit_concurrently(use_cases: UseCaseHarness, owner: Principal, *, size: int) -> Counter[str]:
    """Submit `size` requests concurrently, and count the outcomes: `accepted` or the name of the limit."""
    asked = (accept_generation(use_cases.services, owner, PICTURE) for _ in range(size))
    results = await asyncio.gather(*asked, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, RateLimited):
            raise result
    return Counter(
        str(result.extensions["limit"]) if isinstance(result, RateLimited) else "accepted" for result in results
    )


async def finish_all(use_cases: UseCaseHarness, owner: Principal) -> None:
    mine = select(generation.c.id).where(
        generation.c.account_id == owner.account_id, generation.c.status == Status.PROCESSING
    )
    running = await use_cases.database.read(lambda connection: connection.execute(mine).scalars().all())
    for generation_id in running:
        use_cases.upstream.finish(generation_id)
        await use_cases.until(owner, generation_id, lambda state: state.is_over)


async def set_usage(use_cases: UseCaseHarness, owner: Principal, **counters: int) -> None:
    """Set the counters of the current windows."""
    second = int(use_cases.clock.now().timestamp())
    windows: Mapping[str, int] = {"minute": second // MINUTE, "day": second // DAY, "in_minute": 0, "in_day": 0}
    row = {**windows, "running": 0, **counters}
    await use_cases.database.transact(lambda t: set_counters(t, owner.account_id, **row))


@pytest.mark.parametrize("plan", LIMITED)
async def test_the_concurrency_limit_is_exact(use_cases: UseCaseHarness, plan: PlanName) -> None:
    owner = await use_cases.create_account(plan=plan, credits=CREDITS)
    allowed = concurrent(plan)

    assert await submit_concurrently(use_cases, owner, size=allowed + EXCESS) == {
        "accepted": allowed,
        "concurrent": EXCESS,
    }
    await finish_all(use_cases, owner)
    assert await submit_concurrently(use_cases, owner, size=allowed + EXCESS) == {
        "accepted": allowed,
        "concurrent": EXCESS,
    }


@pytest.mark.parametrize("plan", LIMITED)
@pytest.mark.parametrize(("window", "seconds"), [("minute", MINUTE), ("day", DAY)])
async def test_a_window_is_exact_and_the_next_one_starts_at_its_edge(
    use_cases: UseCaseHarness, plan: PlanName, window: str, seconds: int
) -> None:
    owner = await use_cases.create_account(plan=plan, credits=CREDITS)
    other_account = await use_cases.create_account(plan=plan, credits=CREDITS)
    allowed = PLANS[plan].per_minute if window == "minute" else PLANS[plan].per_day
    assert allowed is not None
    left = max(1, concurrent(plan) - 1)
    await set_usage(use_cases, owner, **{f"in_{window}": allowed - left})

    use_cases.clock.move(seconds - 0.001)
    if window == "day":
        await set_usage(use_cases, owner, in_day=allowed - left)
    first = await submit_concurrently(use_cases, owner, size=left)
    await finish_all(use_cases, owner)
    over = await submit_concurrently(use_cases, owner, size=EXCESS)
    assert (first, over) == ({"accepted": left}, {window: EXCESS})
    assert await submit_concurrently(use_cases, other_account, size=1) == {"accepted": 1}, "limits are per account"

    use_cases.clock.move(0.001)
    assert (await submit_concurrently(use_cases, owner, size=concurrent(plan) + EXCESS))["accepted"] == concurrent(plan)


@pytest.mark.parametrize("plan", LIMITED)
async def test_the_error_has_the_end_of_the_window(use_cases: UseCaseHarness, plan: PlanName) -> None:
    owner = await use_cases.create_account(plan=plan, credits=CREDITS)
    limits = PLANS[plan]
    assert limits.per_minute is not None
    assert limits.per_day is not None
    use_cases.clock.move(12.5)

    await set_usage(use_cases, owner, in_minute=limits.per_minute)
    with pytest.raises(RateLimited) as in_minute:
        await accept_generation(use_cases.services, owner, PICTURE)
    await set_usage(use_cases, owner, in_day=limits.per_day)
    with pytest.raises(RateLimited) as in_day:
        await accept_generation(use_cases.services, owner, PICTURE)

    assert in_minute.value.extensions["retryAfter"] == MINUTE - 12
    assert in_day.value.extensions["retryAfter"] == DAY - 12


async def test_a_request_timed_just_before_the_edge_does_not_restart_the_old_window(
    use_cases: UseCaseHarness,
) -> None:
    owner = await use_cases.create_account(plan=PlanName.FREE, credits=CREDITS)
    before = use_cases.clock.now()
    use_cases.clock.move(MINUTE)
    after = use_cases.clock.now()
    limits_met: list[str] = []

    async def count_one(moment: datetime) -> bool:
        try:
            await use_cases.database.transact(lambda t: count_generation(t, owner.account_id, owner.plan, at=moment))
        except RateLimited as refusal:
            limits_met.append(str(refusal.extensions["limit"]))
            return False
        await use_cases.database.transact(lambda t: repository.decrement_running(t.connection, owner.account_id))
        return True

    counted = [await count_one(moment) for moment in (after, before) * 20]

    assert counted.count(True) == PLANS[PlanName.FREE].per_minute
    assert set(limits_met) == {"minute"}


@pytest.mark.parametrize(
    ("plan", "counters", "message"),
    [
        (PlanName.ENTERPRISE, {"in_minute": 10_000}, "10,000 generations a minute over this API. Try again in 60 s."),
        (PlanName.ENTERPRISE, {"running": 1_000}, "1,000 generations at a time over this API. Try again in 5 s."),
        (PlanName.PRO, {"in_day": 10_000}, "10,000 generations a day. Try again in 86400 s, or move to a larger plan."),
        (PlanName.PRO, {"in_minute": 60}, "60 generations a minute. Try again in 60 s, or move to a larger plan."),
    ],
)
async def test_the_limits_of_an_api_hold_where_those_of_the_plan_are_higher(
    use_cases: UseCaseHarness, plan: PlanName, counters: dict[str, int], message: str
) -> None:
    owner, now = await use_cases.create_account(plan=plan, credits=CREDITS), use_cases.clock.now()
    second = int(now.timestamp())
    usage = {"minute": second // MINUTE, "in_minute": 0, "day": second // DAY, "in_day": 0, "running": 0, **counters}
    await use_cases.database.transact(lambda t: set_counters(t, owner.account_id, **usage))
    api = ApiLimits(per_minute=10_000, concurrent=1_000)

    with pytest.raises(RateLimited) as reached:
        await use_cases.database.transact(lambda t: count_generation(t, owner.account_id, owner.plan, at=now, api=api))

    assert reached.value.message == f"The {plan.lower()} plan allows {message}"
