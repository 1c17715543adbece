"""The cache of generations that changed last."""

from dataclasses import replace

from generations.generation_cache import GENERATION_BYTES, GenerationCache
from tests.support.manual_clock import ManualClock
from tests.support.media_server import queued_generation

GENERATION = replace(queued_generation("gen_1", "acc_1", ManualClock()), input={})


def test_a_changed_generation_replaces_the_previous_one() -> None:
    cache = GenerationCache()
    changed = replace(GENERATION, version=GENERATION.version + 1)

    cache.update({GENERATION.id: GENERATION})
    cache.update({GENERATION.id: changed})

    assert cache.get(GENERATION.id) is changed


def test_a_generation_that_may_have_changed_is_removed() -> None:
    cache = GenerationCache()
    cache.update({GENERATION.id: GENERATION})

    cache.update({GENERATION.id: None})

    assert cache.get(GENERATION.id) is None
    assert cache.weight == 0


def test_the_least_recently_used_generations_are_removed() -> None:
    cache = GenerationCache(capacity=3 * GENERATION_BYTES)
    for number in range(3):
        cache.update({f"gen_{number}": replace(GENERATION, id=f"gen_{number}")})
    cache.get("gen_0")

    cache.update({"gen_3": replace(GENERATION, id="gen_3")})

    assert [number for number in range(4) if cache.get(f"gen_{number}")] == [0, 2, 3]
    assert cache.weight == 3 * GENERATION_BYTES


def test_a_long_prompt_counts_towards_the_size() -> None:
    cache = GenerationCache()

    cache.update({GENERATION.id: replace(GENERATION, input={"text": "a" * 1_000})})

    assert cache.weight >= GENERATION_BYTES + 1_000
