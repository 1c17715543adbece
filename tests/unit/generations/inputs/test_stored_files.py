"""Generations whose input is the output of another: they wait for it, and fail with it."""

from dataclasses import replace

import pytest

from generations import transitions
from generations.generation import DEADLINES, Generation, Stage, Status
from generations.queries import get_visible
from generations.requests.cancel import cancel
from generations.requests.delete import delete
from generations.requests.generation_request import GenerationRequest
from kit.errors import ErrorCode, GenerationFailed, InvalidInput, InvalidMediaUrl
from kit.pubsub import Hub
from providers.backend import GenerationType, JSONObject, Output
from tests.support.round_trip import round_trip
from tests.support.use_case_harness import PICTURE_COST, UseCaseHarness

pytestmark = pytest.mark.anyio


def request_from(generation_id: str) -> GenerationRequest:
    input_: JSONObject = {"text": "a fox", "image": generation_id}
    return GenerationRequest(type=GenerationType.IMAGE, provider="flux-pro", input=input_)


def is_over(state: Generation) -> bool:
    return state.is_over


def is_submitted(state: Generation) -> bool:
    return state.stage is Stage.SUBMITTED


async def wait_until_idle(use_cases: UseCaseHarness) -> None:
    """Wait until no step is running."""
    while use_cases.queue.running_steps:
        await round_trip(use_cases.database)


async def test_a_dependent_generation_waits_for_its_input(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    first = await use_cases.accept(owner)
    second = await use_cases.accept(owner, request_from(first.id))
    await wait_until_idle(use_cases)
    assert use_cases.upstream.submissions[second.id] == 0

    use_cases.upstream.finish(first.id)
    submitted = await use_cases.until(owner, second.id, is_submitted)

    assert submitted.status is Status.PROCESSING
    assert (await get_visible(use_cases.services, owner, first.id) or first).status is Status.COMPLETED
    use_cases.upstream.finish(second.id)
    assert (await use_cases.until(owner, second.id, is_over)).status is Status.COMPLETED


async def test_a_waiting_generation_continues_after_a_restart(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    first = await use_cases.accept(owner)
    second = await use_cases.accept(owner, request_from(first.id))
    await wait_until_idle(use_cases)
    use_cases.upstream.run(first.id)
    await use_cases.until(owner, first.id, lambda state: state.stage is Stage.RUNNING)

    await use_cases.restart()
    await wait_until_idle(use_cases)
    use_cases.upstream.finish(first.id)
    await use_cases.until(owner, second.id, is_submitted)
    use_cases.upstream.finish(second.id)

    assert (await use_cases.wait_until_inactive(second.id)).status is Status.COMPLETED
    assert use_cases.upstream.submissions[second.id] == 1


@pytest.mark.parametrize("outcome", ["failed", "cancelled"])
async def test_a_dependent_generation_fails_with_its_input_and_is_refunded(
    use_cases: UseCaseHarness, outcome: str
) -> None:
    owner = await use_cases.create_account(credits=100)
    first = await use_cases.accept(owner)
    second = await use_cases.accept(owner, request_from(first.id))
    await wait_until_idle(use_cases)

    if outcome == "failed":
        use_cases.upstream.fail(first.id, GenerationFailed("out of memory"))
    else:
        await cancel(use_cases.services, owner, first.id)
    ended = await use_cases.until(owner, second.id, is_over)

    assert ended.status is Status.FAILED
    assert ended.error is not None
    assert ended.error.code is ErrorCode.INVALID_MEDIA_URL
    assert first.id in ended.error.message
    assert outcome.upper() in ended.error.message
    assert ("out of memory" in ended.error.message) is (outcome == "failed")
    assert use_cases.upstream.submissions[second.id] == 0
    assert (await use_cases.balance(owner)).available == 100


async def test_a_waiting_generation_can_be_cancelled(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    first = await use_cases.accept(owner)
    second = await use_cases.accept(owner, request_from(first.id))
    await wait_until_idle(use_cases)

    assert (await cancel(use_cases.services, owner, second.id)).status is Status.CANCELLED
    await use_cases.wait_until_inactive(second.id)

    assert (await use_cases.balance(owner)).held == PICTURE_COST
    assert not use_cases.services.hub.follows(first.id)


async def test_a_waiting_generation_ends_at_its_deadline(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    video = GenerationRequest(type=GenerationType.VIDEO, provider="kling", input={"text": "a fox"})
    first = await use_cases.accept(owner, video)
    second = await use_cases.accept(owner, request_from(first.id))
    await wait_until_idle(use_cases)

    use_cases.clock.move(DEADLINES[GenerationType.IMAGE].total_seconds())
    ended = await use_cases.until(owner, second.id, is_over)

    assert ended.error is not None
    assert ended.error.code is ErrorCode.DEADLINE_EXCEEDED


async def test_a_lost_event_only_delays_a_waiting_generation(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    first = await use_cases.accept(owner)
    second = await use_cases.accept(owner, request_from(first.id))
    await wait_until_idle(use_cases)

    services_without_events = replace(use_cases.services, hub=Hub())
    await use_cases.database.transact(
        lambda t: transitions.cancel(t, services_without_events, first, at=use_cases.clock.now())
    )
    use_cases.clock.move(30)

    assert (await use_cases.until(owner, second.id, is_over)).status is Status.FAILED


async def test_invalid_references_are_rejected_before_acceptance(use_cases: UseCaseHarness) -> None:
    owner, stranger = await use_cases.create_account(credits=100), await use_cases.create_account(credits=100)
    foreign = await use_cases.accept(owner)
    failed = await use_cases.accept(owner)
    use_cases.upstream.fail(failed.id, GenerationFailed("out of memory"))
    await use_cases.until(owner, failed.id, is_over)
    completed = await use_cases.accept(owner)
    use_cases.upstream.finish(completed.id)
    await use_cases.until(owner, completed.id, is_over)
    before = await use_cases.balance(owner), await use_cases.balance(stranger)

    for caller, reference, error_type in (
        (stranger, foreign.id, InvalidInput),
        (replace(owner, test_mode=True), foreign.id, InvalidInput),
        (owner, "gen_" + "0" * 26, InvalidInput),
        (owner, "gen_x", InvalidInput),
        (owner, f"{completed.id}.0", InvalidInput),
        (owner, f"{completed.id}.", InvalidInput),
        (owner, f"{completed.id}#1", InvalidInput),
        (owner, "upl_" + "0" * 26, InvalidInput),
        (owner, failed.id, InvalidMediaUrl),
        (owner, f"{completed.id}.2", InvalidMediaUrl),
    ):
        with pytest.raises(error_type) as error:
            await use_cases.accept(caller, request_from(reference))
        assert error.value.extensions["field"] == "input.input.image", reference

    assert (await use_cases.balance(owner), await use_cases.balance(stranger)) == before


async def test_an_output_can_be_referenced_by_its_number(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    first = await use_cases.accept(owner)
    outputs = [Output(media_type="image/png", url=f"https://upstream.example/{name}.png") for name in "ab"]
    use_cases.upstream.finish(first.id, *outputs)
    await use_cases.until(owner, first.id, is_over)

    second = await use_cases.accept(owner, request_from(f"{first.id}.2"))

    await use_cases.until(owner, second.id, is_submitted)


async def test_deleted_and_expired_generations_cannot_be_inputs(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    generations = [await use_cases.accept(owner) for _ in range(2)]
    for generation in generations:
        use_cases.upstream.finish(generation.id)
        await use_cases.until(owner, generation.id, is_over)

    await delete(use_cases.services, owner, generations[0].id)
    with pytest.raises(InvalidInput, match="no generation"):
        await use_cases.accept(owner, request_from(generations[0].id))
    use_cases.clock.move(366 * 86_400)
    with pytest.raises(InvalidMediaUrl, match="no longer kept"):
        await use_cases.accept(owner, request_from(generations[1].id))
