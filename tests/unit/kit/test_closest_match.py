"""Suggestions for values that are not allowed."""

import pytest

from kit.errors import InvalidInput, closest_match

RATIOS = ["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"]


@pytest.mark.parametrize(
    ("given", "allowed", "suggestion"),
    [
        ("16:10", RATIOS, "16:9"),
        ("10:16", RATIOS, "9:16"),
        ("5:4", RATIOS, "4:3"),
        ("900p", ["480p", "720p", "1080p"], "1080p"),
        ("4K", ["480p", "720p", "1080p"], "1080p"),
        ("8k", ["1K", "2K", "4K"], "4K"),
        (7, [5, 10], 5),
        ("8", ["5", "10"], "10"),
        ("flux-prooo", ["flux-pro", "imagen"], "flux-pro"),
        ("hgih", ["low", "high"], "high"),
        ("0:0", RATIOS, None),
        ("1:0", RATIOS, "1:1"),
        ("9" * 400, [5, 10], None),
        ("nothing like it", ["low", "high"], None),
        (None, ["low"], None),
        ("16:10", [], None),
    ],
)
def test_it_is_nearest_in_value_then_in_spelling(given: object, allowed: list[object], suggestion: object) -> None:
    assert closest_match(given, allowed) == suggestion


def test_allowed_values_and_suggestion_are_strings() -> None:
    error = InvalidInput("'duration' cannot be 7.", field="input.options.duration", allowed=[5, 10], given=7)

    assert error.extensions["allowedValues"] == ["5", "10"]
    assert error.extensions["suggestion"] == "5"
