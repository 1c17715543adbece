"""The nearest spelling of what is allowed."""

from kit.errors import LONGEST_SPELLING, nearest


def test_a_misspelling_has_a_nearest() -> None:
    assert nearest("Flux-Por", ["sora", "flux-pro"]) == "flux-pro"
    assert nearest("something else", ["sora", "flux-pro"]) is None


def test_what_is_longer_than_any_spelling_is_not_compared() -> None:
    long = "x" * (LONGEST_SPELLING + 1)

    assert nearest(long, [long]) is None
