"""A step at its beginning, where another process may have taken over its generation."""

from functools import partial

import pytest

from generations.execution.advance import advance
from generations.execution.step_context import StepContext
from generations.execution.steps import Superseded
from generations.generation import Generation
from generations.repository import load
from tests.support.use_case_harness import UseCaseHarness

pytestmark = pytest.mark.anyio


async def stored(use_cases: UseCaseHarness, generation_id: str) -> Generation:
    found = await use_cases.database.read(partial(load, generation_id=generation_id))
    assert found is not None
    return found


async def test_a_step_without_its_entry_changes_nothing(use_cases: UseCaseHarness) -> None:
    async def load() -> Generation | None:
        raise Superseded

    owner = await use_cases.create_account()
    await use_cases.kill()
    accepted = await use_cases.accept(owner)
    context = StepContext()
    context.load = load

    await advance(use_cases.services, accepted.id, context)

    assert context.is_superseded
    assert await stored(use_cases, accepted.id) == accepted
