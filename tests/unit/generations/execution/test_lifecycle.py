"""The life of a generation, on both databases."""

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
from tests.fixtures.heart import PICTURE, PICTURE_COST, UseCaseHarness
from tests.fixtures.upstream import PICTURE as AN_IMAGE
from tests.fixtures.upstream import never

pytestmark = pytest.mark.anyio


def is_over(state: Generation) -> bool:
    return state.is_over


def is_running(state: Generation) -> bool:
    return state.stage is Stage.RUNNING


def is_submitted(state: Generation) -> bool:
    return state.stage is Stage.SUBMITTED


async def test_a_generation_passes_every_stage_and_its_hold_is_spent(heart: UseCaseHarness) -> None:
    owner = await heart.an_account(credits=100)
    accepted = await heart.accept(owner)
    assert (accepted.status, accepted.stage) == (Status.PROCESSING, Stage.QUEUED)
    assert (await heart.balance(owner)).held == PICTURE_COST

    await heart.until(owner, accepted.id, is_submitted)
    heart.upstream.run(accepted.id, progress=30)
    running = await heart.until(owner, accepted.id, is_running)
    assert running.progress == 30
    heart.upstream.finish(accepted.id)
    ended = await heart.until(owner, accepted.id, is_over)

    assert (ended.status, ended.progress, len(ended.outputs)) == (Status.COMPLETED, 100, 1)
    balance = await heart.balance(owner)
    assert (balance.available, balance.held, balance.spent) == (80, 0, PICTURE_COST)
    tidied = await heart.tidied(accepted.id)
    assert tidied.version == ended.version
    assert heart.upstream.forgotten[accepted.id] == 1
    assert heart.upstream.cancelled[accepted.id] == 0


async def test_a_failure_upstream_releases_the_hold(heart: UseCaseHarness) -> None:
    owner = await heart.an_account(credits=100)
    accepted = await heart.accept(owner)
    heart.upstream.break_off(accepted.id, ContentViolation("Refused by moderation."))

    ended = await heart.until(owner, accepted.id, is_over)

    assert ended.status is Status.FAILED
    assert ended.error is not None
    assert (ended.error.code, ended.error.retryable) == (ErrorCode.CONTENT_VIOLATION, False)
    assert (await heart.balance(owner)).available == 100


async def test_of_three_pictures_the_two_that_came_are_paid_for(heart: UseCaseHarness) -> None:
    owner = await heart.an_account(credits=100)
    accepted = await heart.accept(owner, replace(PICTURE, options={"n": 3}))
    heart.upstream.finish(accepted.id, AN_IMAGE, AN_IMAGE)

    ended = await heart.until(owner, accepted.id, is_over)

    assert (ended.status, ended.credit_cost, ended.credits_charged) == (Status.COMPLETED, 60, 40)
    balance = await heart.balance(owner)
    assert (balance.available, balance.held, balance.spent) == (60, 0, 40)
    assert ended.adjustments[-1] == {
        "field": "options.n",
        "requested": 3,
        "used": 2,
        "reason": "The provider delivered 2 of 3; 40 of 60 credits were charged.",
    }


async def test_success_with_nothing_in_it_is_a_failure(heart: UseCaseHarness) -> None:
    owner = await heart.an_account(credits=100)
    accepted = await heart.accept(owner)
    heart.upstream.finish_empty(accepted.id)

    ended = await heart.until(owner, accepted.id, is_over)

    assert ended.error is not None
    assert ended.error.code is ErrorCode.GENERATION_FAILED
    assert (await heart.balance(owner)).available == 100


async def test_a_retry_names_its_own_field_for_a_key_that_cannot_be_kept(heart: UseCaseHarness) -> None:
    owner = await heart.an_account()
    heart.upstream.refusal = heart.other.refusal = ContentViolation("no")
    accepted = await heart.accept(owner)
    await heart.until(owner, accepted.id, is_over)

    with pytest.raises(InvalidInput) as caught:
        await retry(heart.services, owner, accepted.id, idempotency_key="k" * 256)

    assert caught.value.extensions["field"] == "idempotencyKey"


async def test_a_refused_submission_goes_to_the_next_route(heart: UseCaseHarness) -> None:
    owner = await heart.an_account()
    heart.upstream.refusal = ProviderUnavailable("down")
    accepted = await heart.accept(owner)

    await heart.until(owner, accepted.id, lambda state: state.route is not None and state.route.backend == "replicate")
    heart.other.finish(accepted.id)
    ended = await heart.until(owner, accepted.id, is_over)

    assert ended.status is Status.COMPLETED
    assert [attempt["outcome"] for attempt in ended.attempts] == ["refused", "accepted"]
    assert {attempt["at"] for attempt in ended.attempts} == {format_timestamp(heart.clock.now())}
    assert (heart.upstream.bought[accepted.id], heart.other.bought[accepted.id]) == (0, 1)


async def test_a_refused_prompt_is_not_shopped_around(heart: UseCaseHarness) -> None:
    owner = await heart.an_account()
    heart.upstream.refusal = ContentViolation("no")
    accepted = await heart.accept(owner)

    ended = await heart.until(owner, accepted.id, is_over)

    assert ended.error is not None
    assert ended.error.code is ErrorCode.CONTENT_VIOLATION
    assert heart.other.bought[accepted.id] == 0


async def test_a_generation_past_its_deadline_ends_and_is_stopped_upstream(heart: UseCaseHarness) -> None:
    owner = await heart.an_account(credits=100)
    accepted = await heart.accept(owner)
    heart.upstream.run(accepted.id)
    await heart.until(owner, accepted.id, is_running)

    heart.clock.move((accepted.deadline_at - heart.clock.now()).total_seconds() + 1)
    ended = await heart.until(owner, accepted.id, is_over)

    assert ended.error is not None
    assert ended.error.code is ErrorCode.DEADLINE_EXCEEDED
    await heart.tidied(accepted.id)
    assert heart.upstream.cancelled[accepted.id] == 1
    assert (await heart.balance(owner)).available == 100


async def test_cancelled_before_submission_it_is_never_bought(heart: UseCaseHarness) -> None:
    owner = await heart.an_account(credits=100)
    await heart.kill()
    accepted = await heart.accept(owner)

    assert await cancel(heart.services, owner, accepted.id)
    await heart.restart()
    row = await heart.tidied(accepted.id)

    assert row.status is Status.CANCELLED
    assert heart.upstream.bought[accepted.id] == 0
    assert (await heart.balance(owner)).available == 100


async def test_cancelled_after_submission_it_is_stopped_upstream_and_the_credits_are_back(
    heart: UseCaseHarness,
) -> None:
    owner = await heart.an_account(credits=100)
    accepted = await heart.accept(owner)
    heart.upstream.run(accepted.id)
    await heart.until(owner, accepted.id, is_running)

    assert await cancel(heart.services, owner, accepted.id)

    assert (await heart.balance(owner)).available == 100
    row = await heart.tidied(accepted.id)
    assert row.status is Status.CANCELLED
    assert heart.upstream.cancelled[accepted.id] == 1
    assert await cancel(heart.services, owner, accepted.id), "cancelling again is true again"


async def test_cancelled_while_the_answer_to_the_submission_is_awaited_it_is_still_stopped_upstream(
    heart: UseCaseHarness,
) -> None:
    owner = await heart.an_account(credits=100)
    accepted = await heart.accept(owner)

    async def cancel_meanwhile(_: object) -> None:
        assert await cancel(heart.services, owner, accepted.id)

    heart.upstream.submitting = cancel_meanwhile
    row = await heart.tidied(accepted.id)

    assert row.status is Status.CANCELLED
    assert row.reference is not None
    assert heart.upstream.cancelled[accepted.id] == 1


async def test_completion_first_then_cancel_leaves_it_completed(heart: UseCaseHarness) -> None:
    owner = await heart.an_account(credits=100)
    accepted = await heart.accept(owner)
    heart.upstream.finish(accepted.id)
    await heart.until(owner, accepted.id, is_over)

    assert not await cancel(heart.services, owner, accepted.id)

    balance = await heart.balance(owner)
    assert (balance.available, balance.held, balance.spent) == (80, 0, 20)


async def test_cancel_first_then_completion_leaves_it_cancelled(heart: UseCaseHarness) -> None:
    owner = await heart.an_account(credits=100)
    accepted = await heart.accept(owner)
    heart.upstream.run(accepted.id)
    await heart.until(owner, accepted.id, is_running)

    assert await cancel(heart.services, owner, accepted.id)
    heart.upstream.finish(accepted.id)
    row = await heart.tidied(accepted.id)

    assert row.status is Status.CANCELLED
    balance = await heart.balance(owner)
    assert (balance.available, balance.held, balance.spent) == (100, 0, 0)


async def test_killed_while_running_it_is_followed_on_and_bought_once(heart: UseCaseHarness) -> None:
    owner = await heart.an_account()
    accepted = await heart.accept(owner)
    heart.upstream.run(accepted.id)
    await heart.until(owner, accepted.id, is_running)

    await heart.restart()
    heart.upstream.finish(accepted.id)
    ended = await heart.until(owner, accepted.id, is_over)

    assert ended.status is Status.COMPLETED
    assert heart.upstream.bought[accepted.id] == 1


async def test_killed_while_the_answer_was_awaited_it_is_never_bought_twice(heart: UseCaseHarness) -> None:
    owner = await heart.an_account(credits=100)
    heart.upstream.submitting = never
    accepted = await heart.accept(owner)
    await heart.until(owner, accepted.id, is_submitted)

    await heart.restart()
    ended = await heart.until(owner, accepted.id, is_over)

    assert ended.error is not None
    assert ended.error.code is ErrorCode.GENERATION_FAILED
    assert ended.attempts[-1]["outcome"] == "lost"
    assert heart.upstream.bought[accepted.id] <= 1
    assert (await heart.balance(owner)).available == 100


async def test_an_upstream_that_knows_our_id_is_asked_again_after_a_kill(heart: UseCaseHarness) -> None:
    owner = await heart.an_account()
    heart.upstream.resubmits_safely = True
    heart.upstream.submitting = never
    accepted = await heart.accept(owner)
    await heart.until(owner, accepted.id, is_submitted)

    heart.upstream.submitting = None
    heart.upstream.finish(accepted.id)
    await heart.restart()
    ended = await heart.until(owner, accepted.id, is_over)

    assert ended.status is Status.COMPLETED


async def test_a_failed_generation_says_why_once_more_upstream_words_are_kept(heart: UseCaseHarness) -> None:
    owner = await heart.an_account()
    accepted = await heart.accept(owner)
    heart.upstream.break_off(accepted.id, GenerationFailed("It came out empty."))

    ended = await heart.until(owner, accepted.id, is_over)

    assert ended.error is not None
    assert (ended.error.message, ended.error.retryable) == ("It came out empty.", True)


async def test_a_retry_sent_twice_with_one_key_is_one_retry(heart: UseCaseHarness) -> None:
    owner = await heart.an_account(credits=100)
    failed = await heart.accept(owner)
    heart.upstream.break_off(failed.id, GenerationFailed("broken"))
    await heart.until(owner, failed.id, is_over)

    first = await retry(heart.services, owner, failed.id, idempotency_key="again")
    second = await retry(heart.services, owner, failed.id, idempotency_key="again")
    with pytest.raises(IdempotencyMismatch):
        await heart.accept(owner, replace(PICTURE, idempotency_key="again"))

    assert (first.replayed, second.replayed) == (False, True)
    assert first.generation.id == second.generation.id
    assert first.generation.retry_of == failed.id
    assert (await heart.balance(owner)).held == PICTURE_COST


async def test_a_retry_sent_again_is_the_first_one_also_when_what_failed_is_deleted(heart: UseCaseHarness) -> None:
    owner = await heart.an_account(credits=100)
    failed = await heart.accept(owner)
    heart.upstream.break_off(failed.id, GenerationFailed("broken"))
    await heart.until(owner, failed.id, is_over)
    first = await retry(heart.services, owner, failed.id, idempotency_key="again")
    await delete(heart.services, owner, failed.id)

    again = await retry(heart.services, owner, failed.id, idempotency_key="again")
    with pytest.raises(NotFound):
        await retry(heart.services, owner, failed.id, idempotency_key="another")

    assert (again.generation.id, again.replayed) == (first.generation.id, True)
