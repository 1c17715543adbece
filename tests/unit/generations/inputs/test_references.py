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
from tests.fixtures.heart import PICTURE_COST, UseCaseHarness

pytestmark = pytest.mark.anyio


def picture_from(generation_id: str) -> GenerationRequest:
    given: JSONObject = {"text": "a fox", "image": generation_id}
    return GenerationRequest(type=GenerationType.IMAGE, provider="flux-pro", input=given)


def is_over(state: Generation) -> bool:
    return state.is_over


def is_submitted(state: Generation) -> bool:
    return state.stage is Stage.SUBMITTED


async def waiting(heart: UseCaseHarness, generation_id: str) -> None:
    """Return once something follows the generation, as one that waits for it does."""
    while not heart.services.hub.follows(generation_id):
        await asyncio.sleep(0)


async def test_it_waits_and_works_from_what_the_other_made(heart: UseCaseHarness) -> None:
    owner = await heart.an_account()
    first = await heart.accept(owner)
    second = await heart.accept(owner, picture_from(first.id))
    await waiting(heart, first.id)
    assert heart.upstream.bought[second.id] == 0

    heart.upstream.finish(first.id)
    submitted = await heart.until(owner, second.id, is_submitted)

    assert submitted.status is Status.PROCESSING
    assert (await get_visible(heart.services, owner, first.id) or first).status is Status.COMPLETED
    heart.upstream.finish(second.id)
    assert (await heart.until(owner, second.id, is_over)).status is Status.COMPLETED


async def test_one_that_waits_goes_on_waiting_after_a_restart(heart: UseCaseHarness) -> None:
    owner = await heart.an_account()
    first = await heart.accept(owner)
    second = await heart.accept(owner, picture_from(first.id))
    await waiting(heart, first.id)
    heart.upstream.run(first.id)
    await heart.until(owner, first.id, lambda state: state.stage is Stage.RUNNING)

    await heart.restart()
    await waiting(heart, first.id)
    heart.upstream.finish(first.id)
    await heart.until(owner, second.id, is_submitted)
    heart.upstream.finish(second.id)

    assert (await heart.tidied(second.id)).status is Status.COMPLETED
    assert heart.upstream.bought[second.id] == 1


@pytest.mark.parametrize("fate", ["failed", "cancelled"])
async def test_it_fails_with_the_other_and_its_credits_come_back(heart: UseCaseHarness, fate: str) -> None:
    owner = await heart.an_account(credits=100)
    first = await heart.accept(owner)
    second = await heart.accept(owner, picture_from(first.id))
    await waiting(heart, first.id)

    if fate == "failed":
        heart.upstream.break_off(first.id, GenerationFailed("the paint ran out"))
    else:
        await cancel(heart.services, owner, first.id)
    ended = await heart.until(owner, second.id, is_over)

    assert ended.status is Status.FAILED
    assert ended.error is not None
    assert ended.error.code is ErrorCode.INVALID_MEDIA_URL
    assert first.id in ended.error.message
    assert fate.upper() in ended.error.message
    assert ("the paint ran out" in ended.error.message) is (fate == "failed")
    assert heart.upstream.bought[second.id] == 0
    assert (await heart.balance(owner)).available == 100


async def test_one_that_waits_can_be_cancelled(heart: UseCaseHarness) -> None:
    owner = await heart.an_account(credits=100)
    first = await heart.accept(owner)
    second = await heart.accept(owner, picture_from(first.id))
    await waiting(heart, first.id)

    assert await cancel(heart.services, owner, second.id)
    await heart.tidied(second.id)

    assert (await heart.balance(owner)).held == PICTURE_COST
    assert not heart.services.hub.follows(first.id)


async def test_it_waits_no_longer_than_it_is_given(heart: UseCaseHarness) -> None:
    owner = await heart.an_account()
    film = GenerationRequest(type=GenerationType.VIDEO, provider="kling", input={"text": "a fox"})
    first = await heart.accept(owner, film)
    second = await heart.accept(owner, picture_from(first.id))
    await waiting(heart, first.id)

    heart.clock.move(DEADLINES[GenerationType.IMAGE].total_seconds())
    ended = await heart.until(owner, second.id, is_over)

    assert ended.error is not None
    assert ended.error.code is ErrorCode.DEADLINE_EXCEEDED


async def test_news_that_was_lost_costs_only_time(heart: UseCaseHarness) -> None:
    owner = await heart.an_account()
    first = await heart.accept(owner)
    second = await heart.accept(owner, picture_from(first.id))
    await waiting(heart, first.id)

    deaf = replace(heart.services, hub=Hub())
    await heart.database.transact(lambda t: transitions.cancel(t, deaf, first, at=heart.clock.now()))
    heart.clock.move(30)

    assert (await heart.until(owner, second.id, is_over)).status is Status.FAILED


async def test_what_is_not_the_callers_or_gives_nothing_is_refused_at_once(heart: UseCaseHarness) -> None:
    owner, stranger = await heart.an_account(credits=100), await heart.an_account(credits=100)
    theirs = await heart.accept(owner)
    failed = await heart.accept(owner)
    heart.upstream.break_off(failed.id, GenerationFailed("the paint ran out"))
    await heart.until(owner, failed.id, is_over)
    made = await heart.accept(owner)
    heart.upstream.finish(made.id)
    await heart.until(owner, made.id, is_over)
    before = await heart.balance(owner), await heart.balance(stranger)

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
            await heart.accept(caller, picture_from(address))
        assert caught.value.extensions["field"] == "input.input.image", address

    assert (await heart.balance(owner), await heart.balance(stranger)) == before


async def test_any_output_of_the_other_can_be_meant(heart: UseCaseHarness) -> None:
    owner = await heart.an_account()
    first = await heart.accept(owner)
    two = [Output(media_type="image/png", url=f"https://upstream.example/{name}.png") for name in "ab"]
    heart.upstream.finish(first.id, *two)
    await heart.until(owner, first.id, is_over)

    second = await heart.accept(owner, picture_from(f"{first.id}.2"))

    await heart.until(owner, second.id, is_submitted)


async def test_what_was_deleted_or_has_expired_is_nothing_to_work_from(heart: UseCaseHarness) -> None:
    owner = await heart.an_account()
    made = [await heart.accept(owner) for _ in range(2)]
    for generation in made:
        heart.upstream.finish(generation.id)
        await heart.until(owner, generation.id, is_over)

    await delete(heart.services, owner, made[0].id)
    with pytest.raises(InvalidInput, match="no generation"):
        await heart.accept(owner, picture_from(made[0].id))
    heart.clock.move(366 * 86_400)
    with pytest.raises(InvalidMediaUrl, match="no longer kept"):
        await heart.accept(owner, picture_from(made[1].id))
