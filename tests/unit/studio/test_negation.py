"""Detection of negated phrases in prompts."""

import pytest

from studio.negation import negated_words, without_negations


@pytest.mark.parametrize(
    ("prompt", "kept", "negated"),
    [
        ("a street without people", "a street", "people"),
        ("a city, no cars, at night", "a city, , at night", "cars"),
        ("a park with no trees and a pond", "a park and a pond", "trees"),
        ("a sky without clouds over the sea", "a sky over the sea", "clouds"),
        ("free of people, a beach", ", a beach", "people"),
        ("a dog, not a cat", "a dog,", "a cat"),
        ("not a cat but a dog", "but a dog", "a cat"),
        ("a cloud-free sky", "a sky", "cloud-free"),
        ("no people, cars or trees, at sunset", ", at sunset", "people , cars trees"),
        ("a house. No people. A dog.", "a house. . A dog.", "people"),
        ("no trees and birds", "", "trees birds"),
        ("without flowers or trees and a red barn", "and a red barn", "flowers trees"),
        ("neither cats nor dogs in a park", "in a park", "cats dogs"),
        ("don’t draw any boats", "", "any boats"),
        ("a cloudless sky", "a cloudless sky", "clouds"),
        ("nothing but a cat", "nothing but a cat", ""),
        ("not only a cat but also a dog", "not only a cat but also a dog", ""),
        ("no", "no", ""),
        ("", "", ""),
    ],
)
def test_a_prompt_is_split_into_requested_and_negated_words(prompt: str, kept: str, negated: str) -> None:
    assert " ".join(without_negations(prompt).split()) == kept
    assert negated_words(prompt) == negated
