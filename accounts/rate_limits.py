"""Rate limits of a plan: generations are counted in the transaction that accepts them, reads in each process."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from accounts import repository
from accounts.plans import PLANS, Plan, PlanName
from database.compiled_statement import Row
from database.transaction import Transaction
from kit.errors import RateLimited

MINUTE = 60  # seconds
DAY = 86_400  # seconds
UNLIMITED = 2**31 - 1  # what a counter can hold
CONCURRENT_RETRY = 5  # seconds; the end of a running generation is unknown


@dataclass(frozen=True, slots=True)
class RateLimitStatus:
    """A limit and how much of it remains until `reset`, in Unix seconds; `limit` is None for no limit."""

    limit: int | None
    remaining: int | None
    reset: int


@dataclass(frozen=True, slots=True)
class ApiLimits:
    """The limits that an API publishes for generations requested over it. A lower limit of the plan prevails."""

    per_minute: int
    concurrent: int

    def cap_plan(self, plan: Plan) -> Plan:
        """Return the plan with its limits lowered to those of the API."""
        per_minute, concurrent = plan.per_minute, plan.concurrent
        return replace(
            plan,
            per_minute=self.per_minute if per_minute is None else min(per_minute, self.per_minute),
            concurrent=self.concurrent if concurrent is None else min(concurrent, self.concurrent),
        )


def count_generation(
    transaction: Transaction, account_id: str, plan: PlanName, *, at: datetime, api: ApiLimits | None = None
) -> RateLimitStatus:
    """Count a generation. Raises `RateLimited` and counts nothing when a limit of the plan or of the API is reached."""
    second = int(at.timestamp())
    limits = PLANS[plan] if api is None else api.cap_plan(PLANS[plan])
    connection = transaction.connection
    maxima = {
        "current_minute": second // MINUTE,
        "current_day": second // DAY,
        "per_minute": _maximum(limits.per_minute),
        "per_day": _maximum(limits.per_day),
        "concurrent": _maximum(limits.concurrent),
    }
    counted = repository.try_count_generation(connection, account_id, maxima)
    if counted is None:
        _check_limits(repository.lock_usage(connection, account_id), plan, limits, second=second)
        # A generation has ended since: it is counted now, while the counters are locked.
        counted = repository.count_generation(connection, account_id, maxima)
    remaining = None if limits.per_minute is None else limits.per_minute - counted["in_minute"]
    return RateLimitStatus(limits.per_minute, remaining, reset=(counted["minute"] + 1) * MINUTE)


def _check_limits(usage: Row, plan: PlanName, limits: Plan, *, second: int) -> None:
    """Raise `RateLimited` when the counters have reached a limit."""
    own = PLANS[plan]
    minute, day = _window(usage["minute"], second // MINUTE), _window(usage["day"], second // DAY)
    in_minute = usage["in_minute"] if usage["minute"] == minute else 0
    in_day = usage["in_day"] if usage["day"] == day else 0
    for name, limit, plan_limit, used, retry_after in (
        ("minute", limits.per_minute, own.per_minute, in_minute, (minute + 1) * MINUTE - second),
        ("concurrent", limits.concurrent, own.concurrent, usage["running"], CONCURRENT_RETRY),
        ("day", limits.per_day, own.per_day, in_day, (day + 1) * DAY - second),
    ):
        if limit is not None and used >= limit:
            reset, is_plan_limit = (minute + 1) * MINUTE, limit == plan_limit
            raise _limit_reached(plan, name, limit, retry_after=retry_after, reset=reset, is_plan_limit=is_plan_limit)


def _maximum(limit: int | None) -> int:
    return UNLIMITED if limit is None else limit


def generation_rate_limit(
    connection: Connection, account_id: str, plan: PlanName, *, at: datetime, api: ApiLimits | None = None
) -> RateLimitStatus:
    """Return the limit of generations a minute without counting one."""
    limit = (PLANS[plan] if api is None else api.cap_plan(PLANS[plan])).per_minute
    minute = int(at.timestamp()) // MINUTE
    usage = repository.read_usage(connection, account_id)
    used = usage["in_minute"] if usage["minute"] >= minute else 0
    return RateLimitStatus(limit, None if limit is None else max(0, limit - used), reset=(minute + 1) * MINUTE)


def _window(counted: int, now: int) -> int:
    """Return the current window, or the next one if another node with a faster clock has already started it."""
    return counted if counted == now + 1 else now


def release_concurrency_slot(transaction: Transaction, account_id: str) -> None:
    """Count one running generation less, so that the account may start another."""
    repository.decrement_running(transaction.connection, account_id)


def lock_account_counters(transaction: Transaction, account_id: str) -> None:
    """Lock the counters of the account until the end of the transaction, to serialize checking and counting."""
    repository.lock_usage(transaction.connection, account_id)


def check_upload_quota(plan: PlanName, used: int, *, retry_after: int) -> None:
    """Raise `RateLimited` when the uploads would exceed the storage of the plan."""
    allowed = PLANS[plan].upload_bytes
    if allowed is not None and used > allowed:
        raise RateLimited(
            f"The {plan.lower()} plan keeps {allowed:,} bytes of uploads at a time and this would make it {used:,}. "
            "Wait until older ones have expired, or move to a larger plan.",
            limit="uploads",
            allowed=allowed,
            retry_after=retry_after,
        )


class ReadCounter:
    """Counts the reads of each account per minute, in this process."""

    def __init__(self) -> None:
        self._minute = 0
        self._counts: dict[str, int] = {}

    def rate_limit_of_reads(self, account_id: str, plan: PlanName, *, at: datetime) -> RateLimitStatus:
        """Return the limit of reads a minute without counting one."""
        minute = int(at.timestamp()) // MINUTE
        limit = PLANS[plan].reads_per_minute
        used = self._counts.get(account_id, 0) if minute == self._minute else 0
        return RateLimitStatus(limit, None if limit is None else limit - used, reset=(minute + 1) * MINUTE)

    def count_read(self, account_id: str, plan: PlanName, *, at: datetime) -> RateLimitStatus:
        """Count a read. Raises `RateLimited`."""
        second = int(at.timestamp())
        if second // MINUTE != self._minute:
            self._minute, self._counts = second // MINUTE, {}
        limit = PLANS[plan].reads_per_minute
        used = self._counts.get(account_id, 0)
        reset = (self._minute + 1) * MINUTE
        if limit is not None and used >= limit:
            raise _limit_reached(plan, "reads", limit, retry_after=reset - second, reset=reset)
        self._counts[account_id] = used + 1
        return RateLimitStatus(limit, None if limit is None else limit - used - 1, reset)


def _limit_reached(
    plan: PlanName, name: str, limit: int, *, retry_after: int, reset: int, is_plan_limit: bool = True
) -> RateLimited:
    what = {
        "minute": "generation{} a minute",
        "concurrent": "generation{} at a time",
        "day": "generation{} a day",
        "reads": "read{} a minute",
    }[name].format("" if limit == 1 else "s")
    where, way_out = ("", ", or move to a larger plan") if is_plan_limit else (" over this API", "")
    return RateLimited(
        f"The {plan.lower()} plan allows {limit:,} {what}{where}. Try again in {retry_after} s{way_out}.",
        limit=name,
        allowed=limit,
        retry_after=retry_after,
        reset=reset,
    )
