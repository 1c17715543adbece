"""What is said about settings that are missing."""

import pytest

from providers.settings import all_missing


@pytest.mark.parametrize(
    ("clauses", "sentence"),
    [
        (["A is not set"], "A is not set"),
        (["A is not set", "B is not set"], "neither A nor B is set"),
        (["A is not set", "B is not set", "C is not set"], "none of A, B and C is set"),
        (["A is not set", "the extra is not installed"], "A is not set, and the extra is not installed"),
    ],
)
def test_one_clause_says_that_any_of_the_settings_would_do(clauses: list[str], sentence: str) -> None:
    assert all_missing(clauses) == sentence
