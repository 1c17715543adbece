"""The nearest spelling of what is allowed."""

from kit.errors import MAX_SPELLING, closest_match


def test_a_misspelling_has_a_nearest() -> None:
    assert closest_match("Flux-Por", ["sora", "flux-pro"]) == "flux-pro"
    assert closest_match("something else", ["sora", "flux-pro"]) is None


def test_what_is_longer_than_any_spelling_is_not_compared() -> None:
    long = "x" * (MAX_SPELLING + 1)

    assert closest_match(long, [long]) is None
