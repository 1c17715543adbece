"""The lifecycle of a generation, on both databases."""

from dataclasses import replace

import pytest

from generations.generation import Generation, Stage, Status
from generations.requests.cancel import cancel
from generations.requests.delete import delete
from generations.requests.retry import retry
from kit.errors import (
    ContentViolation,
    ErrorCode,
    GenerationFailed,
    IdempotencyMismatch,
    InvalidInput,
    NotFound,
    ProviderUnavailable,
)
from kit.timestamps import format_timestamp
from tests.support.controllable_upstream import IMAGE_OUTPUT as AN_IMAGE
from tests.support.controllable_upstream import hang
from tests.support.use_case_harness import PICTURE, PICTURE_COST, UseCaseHarness

pytestmark = pytest.mark.anyio


def is_over(state: Generation) -> bool:
    return state.is_over


def is_running(state: Generation) -> bool:
    return state.stage is Stage.RUNNING


def is_submitted(state: Generation) -> bool:
    return state.stage is Stage.SUBMITTED


async def test_a_generation_passes_every_stage_and_its_hold_is_captured(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    accepted = await use_cases.accept(owner)
    assert (accepted.status, accepted.stage) == (Status.PROCESSING, Stage.QUEUED)
    assert (await use_cases.balance(owner)).held == PICTURE_COST

    await use_cases.until(owner, accepted.id, is_submitted)
    use_cases.upstream.run(accepted.id, progress=30)
    running = await use_cases.until(owner, accepted.id, is_running)
    assert running.progress == 30
    use_cases.upstream.finish(accepted.id)
    ended = await use_cases.until(owner, accepted.id, is_over)

    assert (ended.status, ended.progress, len(ended.outputs)) == (Status.COMPLETED, 100, 1)
    balance = await use_cases.balance(owner)
    assert (balance.available, balance.held, balance.spent) == (80, 0, PICTURE_COST)
    inactive = await use_cases.wait_until_inactive(accepted.id)
    assert inactive.version == ended.version
    assert use_cases.upstream.forgotten[accepted.id] == 1
    assert use_cases.upstream.cancelled[accepted.id] == 0


async def test_an_upstream_failure_releases_the_hold(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    accepted = await use_cases.accept(owner)
    use_cases.upstream.fail(accepted.id, ContentViolation("Refused by moderation."))

    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.status is Status.FAILED
    assert ended.error is not None
    assert (ended.error.code, ended.error.retryable) == (ErrorCode.CONTENT_VIOLATION, False)
    assert (await use_cases.balance(owner)).available == 100


async def test_only_delivered_outputs_are_charged(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    accepted = await use_cases.accept(owner, replace(PICTURE, options={"n": 3}))
    use_cases.upstream.finish(accepted.id, AN_IMAGE, AN_IMAGE)

    ended = await use_cases.until(owner, accepted.id, is_over)

    assert (ended.status, ended.credit_cost, ended.credits_charged) == (Status.COMPLETED, 60, 40)
    balance = await use_cases.balance(owner)
    assert (balance.available, balance.held, balance.spent) == (60, 0, 40)
    assert ended.adjustments[-1] == {
        "field": "options.n",
        "requested": 3,
        "used": 2,
        "reason": "The provider delivered 2 of 3; 40 of 60 credits were charged.",
    }


async def test_success_without_outputs_is_a_failure(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    accepted = await use_cases.accept(owner)
    use_cases.upstream.finish_empty(accepted.id)

    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.error is not None
    assert ended.error.code is ErrorCode.GENERATION_FAILED
    assert (await use_cases.balance(owner)).available == 100


async def test_an_invalid_idempotency_key_of_a_retry_is_named(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    use_cases.upstream.refusal = use_cases.other.refusal = ContentViolation("no")
    accepted = await use_cases.accept(owner)
    await use_cases.until(owner, accepted.id, is_over)

    with pytest.raises(InvalidInput) as error:
        await retry(use_cases.services, owner, accepted.id, idempotency_key="k" * 256)

    assert error.value.extensions["field"] == "idempotencyKey"


async def test_a_rejected_submission_falls_back_to_the_next_route(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    use_cases.upstream.refusal = ProviderUnavailable("down")
    accepted = await use_cases.accept(owner)

    await use_cases.until(
        owner, accepted.id, lambda state: state.dispatch is not None and state.dispatch.backend == "replicate"
    )
    use_cases.other.finish(accepted.id)
    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.status is Status.COMPLETED
    assert [attempt["outcome"] for attempt in ended.attempts] == ["refused", "accepted"]
    assert {attempt["at"] for attempt in ended.attempts} == {format_timestamp(use_cases.clock.now())}
    assert (use_cases.upstream.submissions[accepted.id], use_cases.other.submissions[accepted.id]) == (0, 1)


async def test_a_content_violation_has_no_fallback(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    use_cases.upstream.refusal = ContentViolation("no")
    accepted = await use_cases.accept(owner)

    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.error is not None
    assert ended.error.code is ErrorCode.CONTENT_VIOLATION
    assert use_cases.other.submissions[accepted.id] == 0


async def test_a_generation_past_its_deadline_fails_and_is_cancelled_upstream(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    accepted = await use_cases.accept(owner)
    use_cases.upstream.run(accepted.id)
    await use_cases.until(owner, accepted.id, is_running)

    use_cases.clock.move((accepted.deadline_at - use_cases.clock.now()).total_seconds() + 1)
    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.error is not None
    assert ended.error.code is ErrorCode.DEADLINE_EXCEEDED
    await use_cases.wait_until_inactive(accepted.id)
    assert use_cases.upstream.cancelled[accepted.id] == 1
    assert (await use_cases.balance(owner)).available == 100


async def test_a_generation_cancelled_before_submission_is_not_submitted(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    await use_cases.kill()
    accepted = await use_cases.accept(owner)

    assert (await cancel(use_cases.services, owner, accepted.id)).status is Status.CANCELLED
    await use_cases.restart()
    row = await use_cases.wait_until_inactive(accepted.id)

    assert row.status is Status.CANCELLED
    assert use_cases.upstream.submissions[accepted.id] == 0
    assert (await use_cases.balance(owner)).available == 100


async def test_a_generation_cancelled_after_submission_is_cancelled_upstream_and_refunded(
    use_cases: UseCaseHarness,
) -> None:
    owner = await use_cases.create_account(credits=100)
    accepted = await use_cases.accept(owner)
    use_cases.upstream.run(accepted.id)
    await use_cases.until(owner, accepted.id, is_running)

    assert (await cancel(use_cases.services, owner, accepted.id)).status is Status.CANCELLED

    assert (await use_cases.balance(owner)).available == 100
    row = await use_cases.wait_until_inactive(accepted.id)
    assert row.status is Status.CANCELLED
    assert use_cases.upstream.cancelled[accepted.id] == 1
    assert (await cancel(use_cases.services, owner, accepted.id)).status is Status.CANCELLED, (
        "cancelling again is true again"
    )


async def test_a_generation_cancelled_during_submission_is_cancelled_upstream(
    use_cases: UseCaseHarness,
) -> None:
    owner = await use_cases.create_account(credits=100)
    accepted = await use_cases.accept(owner)

    async def cancel_meanwhile(_: object) -> None:
        assert (await cancel(use_cases.services, owner, accepted.id)).status is Status.CANCELLED

    use_cases.upstream.submitting = cancel_meanwhile
    row = await use_cases.wait_until_inactive(accepted.id)

    assert row.status is Status.CANCELLED
    assert row.job_reference is not None
    assert use_cases.upstream.cancelled[accepted.id] == 1


async def test_cancelling_a_completed_generation_has_no_effect(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    accepted = await use_cases.accept(owner)
    use_cases.upstream.finish(accepted.id)
    await use_cases.until(owner, accepted.id, is_over)

    assert (await cancel(use_cases.services, owner, accepted.id)).status is not Status.CANCELLED

    balance = await use_cases.balance(owner)
    assert (balance.available, balance.held, balance.spent) == (80, 0, 20)


async def test_completion_after_cancellation_has_no_effect(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    accepted = await use_cases.accept(owner)
    use_cases.upstream.run(accepted.id)
    await use_cases.until(owner, accepted.id, is_running)

    assert (await cancel(use_cases.services, owner, accepted.id)).status is Status.CANCELLED
    use_cases.upstream.finish(accepted.id)
    row = await use_cases.wait_until_inactive(accepted.id)

    assert row.status is Status.CANCELLED
    balance = await use_cases.balance(owner)
    assert (balance.available, balance.held, balance.spent) == (100, 0, 0)


async def test_a_running_generation_continues_after_a_crash_and_is_submitted_once(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    accepted = await use_cases.accept(owner)
    use_cases.upstream.run(accepted.id)
    await use_cases.until(owner, accepted.id, is_running)

    await use_cases.restart()
    use_cases.upstream.finish(accepted.id)
    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.status is Status.COMPLETED
    assert use_cases.upstream.submissions[accepted.id] == 1


async def test_a_crash_during_submission_does_not_submit_twice(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    use_cases.upstream.submitting = hang
    accepted = await use_cases.accept(owner)
    await use_cases.until(owner, accepted.id, is_submitted)

    await use_cases.restart()
    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.error is not None
    assert ended.error.code is ErrorCode.GENERATION_FAILED
    assert ended.attempts[-1]["outcome"] == "lost"
    assert use_cases.upstream.submissions[accepted.id] <= 1
    assert (await use_cases.balance(owner)).available == 100


async def test_an_idempotent_upstream_is_submitted_to_again_after_a_crash(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    use_cases.upstream.resubmits_safely = True
    use_cases.upstream.submitting = hang
    accepted = await use_cases.accept(owner)
    await use_cases.until(owner, accepted.id, is_submitted)

    use_cases.upstream.submitting = None
    use_cases.upstream.finish(accepted.id)
    await use_cases.restart()
    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.status is Status.COMPLETED


async def test_the_error_message_of_the_upstream_is_kept(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    accepted = await use_cases.accept(owner)
    use_cases.upstream.fail(accepted.id, GenerationFailed("It came out empty."))

    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.error is not None
    assert (ended.error.message, ended.error.retryable) == ("It came out empty.", True)


async def test_a_retry_with_the_same_key_is_replayed(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    failed = await use_cases.accept(owner)
    use_cases.upstream.fail(failed.id, GenerationFailed("broken"))
    await use_cases.until(owner, failed.id, is_over)

    first = await retry(use_cases.services, owner, failed.id, idempotency_key="again")
    second = await retry(use_cases.services, owner, failed.id, idempotency_key="again")
    with pytest.raises(IdempotencyMismatch):
        await use_cases.accept(owner, replace(PICTURE, idempotency_key="again"))

    assert (first.replayed, second.replayed) == (False, True)
    assert first.generation.id == second.generation.id
    assert first.generation.retry_of == failed.id
    assert (await use_cases.balance(owner)).held == PICTURE_COST


async def test_a_retry_is_replayed_after_its_original_was_deleted(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    failed = await use_cases.accept(owner)
    use_cases.upstream.fail(failed.id, GenerationFailed("broken"))
    await use_cases.until(owner, failed.id, is_over)
    first = await retry(use_cases.services, owner, failed.id, idempotency_key="again")
    await delete(use_cases.services, owner, failed.id)

    again = await retry(use_cases.services, owner, failed.id, idempotency_key="again")
    with pytest.raises(NotFound):
        await retry(use_cases.services, owner, failed.id, idempotency_key="another")

    assert (again.generation.id, again.replayed) == (first.generation.id, True)
