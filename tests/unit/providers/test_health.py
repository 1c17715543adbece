"""The health monitor: outcomes, and circuit breakers on a manual clock."""

from datetime import UTC, datetime, timedelta

import pytest

from providers.health import FIRST_BREAK, MAX_BREAK, MIN_FAILURES, TRIAL_TIMEOUT, BreakerState, HealthMonitor

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROUTE = ("fal", "flux")


def failing(failures: int = MIN_FAILURES) -> HealthMonitor:
    monitor = HealthMonitor()
    for _ in range(failures):
        monitor.record_failure(*ROUTE, now=NOW)
    return monitor


def test_a_new_route_is_closed_and_has_no_rate() -> None:
    health = HealthMonitor().health([ROUTE], now=NOW)

    assert (health.outcomes, health.success_rate, health.median_seconds) == (0, None, None)
    assert health.breaker is BreakerState.CLOSED


def test_five_failures_in_a_row_open_the_breaker() -> None:
    assert failing(MIN_FAILURES - 1).allows(*ROUTE, now=NOW)
    assert not failing().allows(*ROUTE, now=NOW)
    assert failing().breaker(*ROUTE, now=NOW) is BreakerState.OPEN


def test_half_of_the_recent_outcomes_failing_open_the_breaker() -> None:
    monitor = HealthMonitor()
    for _ in range(MIN_FAILURES):
        monitor.record_success(*ROUTE)
        monitor.record_failure(*ROUTE, now=NOW)

    assert monitor.breaker(*ROUTE, now=NOW) is BreakerState.OPEN


def test_other_models_of_the_backend_are_not_affected() -> None:
    assert failing().allows("fal", "kling", now=NOW)


def test_one_trial_is_let_through_after_the_break() -> None:
    monitor, later = failing(), NOW + FIRST_BREAK
    assert not monitor.allows(*ROUTE, now=later - timedelta(seconds=1))
    assert monitor.breaker(*ROUTE, now=later) is BreakerState.HALF_OPEN

    assert monitor.allows(*ROUTE, now=later)
    monitor.record_submission(*ROUTE, now=later)
    assert not monitor.allows(*ROUTE, now=later)


def test_a_successful_trial_closes_the_breaker() -> None:
    monitor, later = failing(), NOW + FIRST_BREAK
    monitor.record_submission(*ROUTE, now=later)
    monitor.record_success(*ROUTE, seconds=3.0)

    assert monitor.breaker(*ROUTE, now=later) is BreakerState.CLOSED
    assert monitor.health([ROUTE], now=later).success_rate == 1.0
    monitor.record_failure(*ROUTE, now=later)
    assert monitor.allows(*ROUTE, now=later)


def test_a_failed_trial_doubles_the_break() -> None:
    monitor, at = failing(), NOW + FIRST_BREAK
    monitor.record_submission(*ROUTE, now=at)
    monitor.record_failure(*ROUTE, now=at)

    assert not monitor.allows(*ROUTE, now=at + FIRST_BREAK)
    assert monitor.allows(*ROUTE, now=at + 2 * FIRST_BREAK)


def test_the_break_is_bounded() -> None:
    monitor, at = failing(), NOW
    for _ in range(20):
        at += MAX_BREAK
        monitor.record_submission(*ROUTE, now=at)
        monitor.record_failure(*ROUTE, now=at)

    assert monitor.allows(*ROUTE, now=at + MAX_BREAK)


def test_failures_of_jobs_submitted_before_the_break_do_not_extend_it() -> None:
    monitor = failing()
    monitor.record_failure(*ROUTE, now=NOW + FIRST_BREAK / 2)

    assert monitor.allows(*ROUTE, now=NOW + FIRST_BREAK)


def test_a_trial_without_an_outcome_is_given_up() -> None:
    monitor, later = failing(), NOW + FIRST_BREAK
    monitor.record_submission(*ROUTE, now=later)

    assert monitor.allows(*ROUTE, now=later + TRIAL_TIMEOUT)


@pytest.mark.parametrize(("seconds", "expected"), [((1.0, 2.0, 9.0), 2.0), ((4.0,), 4.0)])
def test_the_latency_is_the_median(seconds: tuple[float, ...], expected: float) -> None:
    monitor = HealthMonitor()
    for value in seconds:
        monitor.record_success(*ROUTE, seconds=value)

    assert monitor.health([ROUTE, ("replicate", "flux")], now=NOW).median_seconds == expected
