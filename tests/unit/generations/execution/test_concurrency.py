"""Limits of concurrent jobs: configured, learned, and pauses of busy upstreams."""

from datetime import UTC, datetime, timedelta

from generations.execution.concurrency import FIRST_PAUSE, INITIAL_LIMIT, WAIT_FOR_SLOT, ConcurrencyLimits

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def fill(limits: ConcurrencyLimits, count: int, *, max_jobs: int | None = None) -> list[str]:
    """Ask for a slot for `count` jobs and return those that got one."""
    names = [f"gen_{number}" for number in range(count)]
    return [name for name in names if limits.acquire("fal", name, max_jobs=max_jobs, now=NOW) is None]


def test_a_declared_limit_is_kept_in_order_of_arrival() -> None:
    limits = ConcurrencyLimits()
    assert fill(limits, 5, max_jobs=2) == ["gen_0", "gen_1"]
    assert limits.acquire("fal", "gen_4", max_jobs=2, now=NOW) == NOW + WAIT_FOR_SLOT

    assert limits.release("gen_0") == ["gen_2"]
    assert limits.acquire("fal", "gen_4", max_jobs=2, now=NOW) is not None
    assert limits.acquire("fal", "gen_2", max_jobs=2, now=NOW) is None


def test_a_job_keeps_its_slot() -> None:
    limits = ConcurrencyLimits()
    assert limits.acquire("fal", "gen_0", max_jobs=1, now=NOW) is None
    assert limits.acquire("fal", "gen_0", max_jobs=1, now=NOW) is None


def test_a_waiting_job_that_ends_makes_room_for_the_next() -> None:
    limits = ConcurrencyLimits()
    fill(limits, 3, max_jobs=1)

    assert limits.release("gen_1") == []
    assert limits.release("gen_0") == ["gen_2"]


def test_an_undeclared_limit_grows_with_every_accepted_job() -> None:
    limits = ConcurrencyLimits()
    assert len(fill(limits, 100)) == INITIAL_LIMIT

    woken = [name for _ in range(int(INITIAL_LIMIT)) for name in limits.record_accepted("fal")]
    assert len(set(woken)) == INITIAL_LIMIT


def test_a_busy_upstream_sets_the_limit_to_what_it_had_accepted() -> None:
    limits = ConcurrencyLimits()
    running = fill(limits, 10)
    for name in running[5:]:
        limits.record_busy("fal", name, retry_after=None, now=NOW)

    later = NOW + FIRST_PAUSE
    assert limits.acquire("fal", running[5], max_jobs=None, now=NOW) == later
    assert limits.acquire("fal", running[5], max_jobs=None, now=later) == later + WAIT_FOR_SLOT
    assert limits.release(running[0]) == [running[5]]
    assert limits.acquire("fal", running[5], max_jobs=None, now=later) is None


def test_a_pause_is_what_the_upstream_asks_for_and_doubles_otherwise() -> None:
    limits, at = ConcurrencyLimits(), NOW
    assert limits.record_busy("fal", "gen_0", retry_after=timedelta(seconds=7), now=at) == at + timedelta(seconds=7)
    at += timedelta(seconds=7)
    assert limits.record_busy("fal", "gen_0", retry_after=None, now=at) == at + 2 * FIRST_PAUSE
    at += timedelta(minutes=1)
    assert limits.record_busy("fal", "gen_0", retry_after=None, now=at) == at + 4 * FIRST_PAUSE


def test_backends_have_separate_limits() -> None:
    limits = ConcurrencyLimits()
    fill(limits, 1, max_jobs=1)

    assert limits.acquire("replicate", "gen_9", max_jobs=1, now=NOW) is None


def test_a_job_that_goes_elsewhere_waits_no_longer() -> None:
    limits = ConcurrencyLimits()
    fill(limits, 3, max_jobs=1)
    assert limits.acquire("replicate", "gen_1", max_jobs=1, now=NOW) is None

    assert limits.release("gen_0") == ["gen_2"]


def test_jobs_of_before_a_restart_count() -> None:
    limits = ConcurrencyLimits()
    limits.count_submitted("fal", "gen_0", max_jobs=1)

    assert limits.acquire("fal", "gen_1", max_jobs=1, now=NOW) is not None


def test_jobs_that_were_accepted_before_or_elsewhere_raise_an_undeclared_limit() -> None:
    limits = ConcurrencyLimits()
    for number in range(2 * int(INITIAL_LIMIT)):
        limits.count_submitted("fal", f"other_{number}", max_jobs=None)

    assert len(fill(limits, 2 * int(INITIAL_LIMIT))) == INITIAL_LIMIT


def test_the_slot_of_a_job_that_another_process_has_ended_goes_to_one_that_waits() -> None:
    limits = ConcurrencyLimits()
    fill(limits, 2, max_jobs=1)

    woken = limits.reconcile(["gen_1"], queued=["gen_1"], among=limits.tracked_ids())

    assert woken == ["gen_1"]
    assert limits.acquire("fal", "gen_1", max_jobs=1, now=NOW) is None


def test_a_job_that_another_process_has_submitted_waits_no_longer() -> None:
    limits = ConcurrencyLimits()
    fill(limits, 3, max_jobs=1)

    limits.reconcile(["gen_0", "gen_1", "gen_2"], queued=["gen_2"], among=limits.tracked_ids())

    assert limits.release("gen_0") == ["gen_2"]
