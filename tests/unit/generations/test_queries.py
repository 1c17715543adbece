"""Lists of generations."""

import pytest

from generations.queries import list_generations
from kit.pagination import page_request
from schema.inputs import GenerationFilter
from tests.support.use_case_harness import UseCaseHarness

pytestmark = pytest.mark.anyio


async def test_an_invalid_provider_in_the_filter_matches_nothing(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    accepted = await use_cases.accept(owner)
    page = page_request(first=None, after=None, last=None, before=None)

    async def list_ids(*providers: str) -> list[str]:
        filters = GenerationFilter(provider=list(providers)).to_filters()
        return [
            generation.id for generation in (await list_generations(use_cases.services, owner, page, filters)).items
        ]

    assert await list_ids("\0") == []
    assert await list_ids("\0", "flux-pro") == [accepted.id]
