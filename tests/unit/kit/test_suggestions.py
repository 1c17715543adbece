"""Suggestions for misspelled values."""

from kit.errors import MAX_SPELLING, closest_match


def test_a_misspelling_gets_the_closest_match() -> None:
    assert closest_match("Flux-Por", ["sora", "flux-pro"]) == "flux-pro"
    assert closest_match("something else", ["sora", "flux-pro"]) is None


def test_long_values_are_not_compared() -> None:
    long = "x" * (MAX_SPELLING + 1)

    assert closest_match(long, [long]) is None
