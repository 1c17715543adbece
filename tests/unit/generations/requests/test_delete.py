"""Deletion of generations: content is erased, the ledger is unchanged."""

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
from tests.support.use_case_harness import PICTURE, UseCaseHarness

pytestmark = pytest.mark.anyio


def is_over(state: Generation) -> bool:
    return state.is_over


async def test_a_deleted_generation_is_not_found_and_its_credits_stay_spent(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    generation = await use_cases.accept(owner, replace(PICTURE, idempotency_key="k"))
    use_cases.upstream.finish(generation.id)
    await use_cases.wait_until_inactive(generation.id)
    before = await use_cases.balance(owner)

    await delete(use_cases.services, owner, generation.id)

    assert await get_visible(use_cases.services, owner, generation.id) is None
    page = page_request(first=10, after=None, last=None, before=None)
    assert list((await list_generations(use_cases.services, owner, page, {})).items) == []
    row = await use_cases.wait_until_inactive(generation.id)
    assert (row.input, row.options, row.outputs, row.adjustments) == ({}, {}, (), [])
    assert await use_cases.balance(owner) == before
    for operation in (delete, cancel, retry):
        with pytest.raises(NotFound):
            await operation(use_cases.services, owner, generation.id)
    again = await use_cases.accept(owner, replace(PICTURE, idempotency_key="k"))
    assert again.id != generation.id


async def test_a_running_generation_must_be_cancelled_first(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    running = await use_cases.accept(owner)

    with pytest.raises(InvalidInput, match="cancelGeneration"):
        await delete(use_cases.services, owner, running.id)
    await cancel(use_cases.services, owner, running.id)
    await delete(use_cases.services, owner, running.id)

    assert await get_visible(use_cases.services, owner, running.id) is None
    assert not (await use_cases.wait_until_inactive(running.id)).has_pending_work


async def test_another_account_cannot_delete_a_generation(use_cases: UseCaseHarness) -> None:
    owner, stranger = await use_cases.create_account(), await use_cases.create_account()
    generation = await use_cases.accept(owner)
    use_cases.upstream.finish(generation.id)
    await use_cases.until(owner, generation.id, is_over)

    with pytest.raises(NotFound):
        await delete(use_cases.services, stranger, generation.id)

    assert await get_visible(use_cases.services, owner, generation.id) is not None


@pytest.mark.parametrize(
    ("plan", "configured", "days"), [(PlanName.FREE, None, 15), (PlanName.PRO, None, 90), (PlanName.PRO, 3, 3)]
)
async def test_outputs_expire_after_the_retention_of_the_plan_or_the_setting(
    use_cases: UseCaseHarness, plan: PlanName, configured: int | None, days: int
) -> None:
    use_cases.services = replace(use_cases.services, retention_days=configured)
    use_cases.start()
    owner = await use_cases.create_account(plan=plan)
    generation = await use_cases.accept(owner)
    use_cases.upstream.finish(generation.id)

    ended = await use_cases.until(owner, generation.id, is_over)

    assert ended.completed_at is not None
    assert ended.expires_at is not None
    assert (ended.expires_at - ended.completed_at).days == days
