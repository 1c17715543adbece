"""Listing generations."""

import pytest

from generations.queries import list_generations
from kit.pagination import page_request
from schema.inputs import GenerationFilter
from tests.support.use_case_harness import UseCaseHarness

pytestmark = pytest.mark.anyio


async def test_a_provider_that_there_cannot_be_has_made_nothing(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    accepted = await use_cases.accept(owner)
    page = page_request(first=None, after=None, last=None, before=None)

    async def listed(*providers: str) -> list[str]:
        filters = GenerationFilter(provider=list(providers)).to_filters()
        return [found.id for found in (await list_generations(use_cases.services, owner, page, filters)).items]

    assert await listed("\0") == []
    assert await listed("\0", "flux-pro") == [accepted.id]
