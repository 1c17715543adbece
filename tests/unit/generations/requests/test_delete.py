"""Deleting a generation: the content goes, the books stay."""

from dataclasses import replace

import pytest

from accounts.plans import PlanName
from generations.generation import Generation
from generations.queries import get_visible, list_generations
from generations.requests.cancel import cancel
from generations.requests.delete import delete
from generations.requests.retry import retry
from kit.errors import InvalidInput, NotFound
from kit.pagination import page_request
from tests.fixtures.heart import PICTURE, UseCaseHarness

pytestmark = pytest.mark.anyio


def is_over(state: Generation) -> bool:
    return state.is_over


async def test_it_is_gone_for_its_owner_and_the_books_stay(heart: UseCaseHarness) -> None:
    owner = await heart.an_account(credits=100)
    made = await heart.accept(owner, replace(PICTURE, idempotency_key="k"))
    heart.upstream.finish(made.id)
    await heart.tidied(made.id)
    before = await heart.balance(owner)

    await delete(heart.services, owner, made.id)

    assert await get_visible(heart.services, owner, made.id) is None
    page = page_request(first=10, after=None, last=None, before=None)
    assert list((await list_generations(heart.services, owner, page, {})).items) == []
    row = await heart.tidied(made.id)
    assert (row.input, row.options, row.outputs, row.adjustments) == ({}, {}, (), [])
    assert await heart.balance(owner) == before
    for act in (delete, cancel, retry):
        with pytest.raises(NotFound):
            await act(heart.services, owner, made.id)
    again = await heart.accept(owner, replace(PICTURE, idempotency_key="k"))
    assert again.id != made.id


async def test_one_that_runs_has_to_be_cancelled_first(heart: UseCaseHarness) -> None:
    owner = await heart.an_account()
    running = await heart.accept(owner)

    with pytest.raises(InvalidInput, match="cancelGeneration"):
        await delete(heart.services, owner, running.id)
    await cancel(heart.services, owner, running.id)
    await delete(heart.services, owner, running.id)

    assert await get_visible(heart.services, owner, running.id) is None
    assert not (await heart.tidied(running.id)).active


async def test_another_account_cannot_delete_it(heart: UseCaseHarness) -> None:
    owner, stranger = await heart.an_account(), await heart.an_account()
    made = await heart.accept(owner)
    heart.upstream.finish(made.id)
    await heart.until(owner, made.id, is_over)

    with pytest.raises(NotFound):
        await delete(heart.services, stranger, made.id)

    assert await get_visible(heart.services, owner, made.id) is not None


@pytest.mark.parametrize(
    ("plan", "configured", "days"), [(PlanName.FREE, None, 15), (PlanName.PRO, None, 90), (PlanName.PRO, 3, 3)]
)
async def test_outputs_are_kept_as_long_as_the_plan_or_the_operator_says(
    heart: UseCaseHarness, plan: PlanName, configured: int | None, days: int
) -> None:
    heart.services = replace(heart.services, retention_days=configured)
    heart.start()
    owner = await heart.an_account(plan=plan)
    made = await heart.accept(owner)
    heart.upstream.finish(made.id)

    ended = await heart.until(owner, made.id, is_over)

    assert ended.completed_at is not None
    assert ended.expires_at is not None
    assert (ended.expires_at - ended.completed_at).days == days
