"""Spellings of names."""

import pytest

from kit.names import camel_case, snake_case


@pytest.mark.parametrize(
    ("snake", "camel"), [("negative_prompt", "negativePrompt"), ("n", "n"), ("a_b_c", "aBC"), ("", "")]
)
def test_a_name_is_spelled_in_both_ways(snake: str, camel: str) -> None:
    assert (camel_case(snake), snake_case(camel)) == (camel, snake)


def test_a_name_in_camel_case_stays_as_it_is() -> None:
    assert camel_case("negativePrompt") == "negativePrompt"
