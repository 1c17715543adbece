"""A generation that works from another's output: it waits for it, and shares its fate."""

import asyncio
from dataclasses import replace

import pytest

from generations import transitions
from generations.generation import DEADLINES, Generation, Stage, Status
from generations.queries import get_visible
from generations.requests.cancel import cancel
from generations.requests.delete import delete
from generations.requests.plan import GenerationRequest
from kit.errors import ErrorCode, GenerationFailed, InvalidInput, InvalidMediaUrl
from kit.events import Hub
from providers.backend import GenerationType, JSONObject, Output
from tests.support.use_case_harness import PICTURE_COST, UseCaseHarness

pytestmark = pytest.mark.anyio


def picture_from(generation_id: str) -> GenerationRequest:
    given: JSONObject = {"text": "a fox", "image": generation_id}
    return GenerationRequest(type=GenerationType.IMAGE, provider="flux-pro", input=given)


def is_over(state: Generation) -> bool:
    return state.is_over


def is_submitted(state: Generation) -> bool:
    return state.stage is Stage.SUBMITTED


async def waiting(use_cases: UseCaseHarness, generation_id: str) -> None:
    """Return once something follows the generation, as one that waits for it does."""
    while not use_cases.services.hub.follows(generation_id):
        await asyncio.sleep(0)


async def test_it_waits_and_works_from_what_the_other_made(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    first = await use_cases.accept(owner)
    second = await use_cases.accept(owner, picture_from(first.id))
    await waiting(use_cases, first.id)
    assert use_cases.upstream.submissions[second.id] == 0

    use_cases.upstream.finish(first.id)
    submitted = await use_cases.until(owner, second.id, is_submitted)

    assert submitted.status is Status.PROCESSING
    assert (await get_visible(use_cases.services, owner, first.id) or first).status is Status.COMPLETED
    use_cases.upstream.finish(second.id)
    assert (await use_cases.until(owner, second.id, is_over)).status is Status.COMPLETED


async def test_one_that_waits_goes_on_waiting_after_a_restart(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    first = await use_cases.accept(owner)
    second = await use_cases.accept(owner, picture_from(first.id))
    await waiting(use_cases, first.id)
    use_cases.upstream.run(first.id)
    await use_cases.until(owner, first.id, lambda state: state.stage is Stage.RUNNING)

    await use_cases.restart()
    await waiting(use_cases, first.id)
    use_cases.upstream.finish(first.id)
    await use_cases.until(owner, second.id, is_submitted)
    use_cases.upstream.finish(second.id)

    assert (await use_cases.wait_until_inactive(second.id)).status is Status.COMPLETED
    assert use_cases.upstream.submissions[second.id] == 1


@pytest.mark.parametrize("fate", ["failed", "cancelled"])
async def test_it_fails_with_the_other_and_its_credits_come_back(use_cases: UseCaseHarness, fate: str) -> None:
    owner = await use_cases.create_account(credits=100)
    first = await use_cases.accept(owner)
    second = await use_cases.accept(owner, picture_from(first.id))
    await waiting(use_cases, first.id)

    if fate == "failed":
        use_cases.upstream.fail(first.id, GenerationFailed("the paint ran out"))
    else:
        await cancel(use_cases.services, owner, first.id)
    ended = await use_cases.until(owner, second.id, is_over)

    assert ended.status is Status.FAILED
    assert ended.error is not None
    assert ended.error.code is ErrorCode.INVALID_MEDIA_URL
    assert first.id in ended.error.message
    assert fate.upper() in ended.error.message
    assert ("the paint ran out" in ended.error.message) is (fate == "failed")
    assert use_cases.upstream.submissions[second.id] == 0
    assert (await use_cases.balance(owner)).available == 100


async def test_one_that_waits_can_be_cancelled(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    first = await use_cases.accept(owner)
    second = await use_cases.accept(owner, picture_from(first.id))
    await waiting(use_cases, first.id)

    assert await cancel(use_cases.services, owner, second.id)
    await use_cases.wait_until_inactive(second.id)

    assert (await use_cases.balance(owner)).held == PICTURE_COST
    assert not use_cases.services.hub.follows(first.id)


async def test_it_waits_no_longer_than_it_is_given(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    film = GenerationRequest(type=GenerationType.VIDEO, provider="kling", input={"text": "a fox"})
    first = await use_cases.accept(owner, film)
    second = await use_cases.accept(owner, picture_from(first.id))
    await waiting(use_cases, first.id)

    use_cases.clock.move(DEADLINES[GenerationType.IMAGE].total_seconds())
    ended = await use_cases.until(owner, second.id, is_over)

    assert ended.error is not None
    assert ended.error.code is ErrorCode.DEADLINE_EXCEEDED


async def test_news_that_was_lost_costs_only_time(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    first = await use_cases.accept(owner)
    second = await use_cases.accept(owner, picture_from(first.id))
    await waiting(use_cases, first.id)

    deaf = replace(use_cases.services, hub=Hub())
    await use_cases.database.transact(lambda t: transitions.cancel(t, deaf, first, at=use_cases.clock.now()))
    use_cases.clock.move(30)

    assert (await use_cases.until(owner, second.id, is_over)).status is Status.FAILED


async def test_what_is_not_the_callers_or_gives_nothing_is_refused_at_once(use_cases: UseCaseHarness) -> None:
    owner, stranger = await use_cases.create_account(credits=100), await use_cases.create_account(credits=100)
    theirs = await use_cases.accept(owner)
    failed = await use_cases.accept(owner)
    use_cases.upstream.fail(failed.id, GenerationFailed("the paint ran out"))
    await use_cases.until(owner, failed.id, is_over)
    made = await use_cases.accept(owner)
    use_cases.upstream.finish(made.id)
    await use_cases.until(owner, made.id, is_over)
    before = await use_cases.balance(owner), await use_cases.balance(stranger)

    for caller, address, kind in (
        (stranger, theirs.id, InvalidInput),
        (replace(owner, test_mode=True), theirs.id, InvalidInput),
        (owner, "gen_" + "0" * 26, InvalidInput),
        (owner, "gen_x", InvalidInput),
        (owner, f"{made.id}.0", InvalidInput),
        (owner, f"{made.id}.", InvalidInput),
        (owner, f"{made.id}#1", InvalidInput),
        (owner, "upl_" + "0" * 26, InvalidInput),
        (owner, failed.id, InvalidMediaUrl),
        (owner, f"{made.id}.2", InvalidMediaUrl),
    ):
        with pytest.raises(kind) as caught:
            await use_cases.accept(caller, picture_from(address))
        assert caught.value.extensions["field"] == "input.input.image", address

    assert (await use_cases.balance(owner), await use_cases.balance(stranger)) == before


async def test_any_output_of_the_other_can_be_meant(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    first = await use_cases.accept(owner)
    two = [Output(media_type="image/png", url=f"https://upstream.example/{name}.png") for name in "ab"]
    use_cases.upstream.finish(first.id, *two)
    await use_cases.until(owner, first.id, is_over)

    second = await use_cases.accept(owner, picture_from(f"{first.id}.2"))

    await use_cases.until(owner, second.id, is_submitted)


async def test_what_was_deleted_or_has_expired_is_nothing_to_work_from(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    made = [await use_cases.accept(owner) for _ in range(2)]
    for generation in made:
        use_cases.upstream.finish(generation.id)
        await use_cases.until(owner, generation.id, is_over)

    await delete(use_cases.services, owner, made[0].id)
    with pytest.raises(InvalidInput, match="no generation"):
        await use_cases.accept(owner, picture_from(made[0].id))
    use_cases.clock.move(366 * 86_400)
    with pytest.raises(InvalidMediaUrl, match="no longer kept"):
        await use_cases.accept(owner, picture_from(made[1].id))
