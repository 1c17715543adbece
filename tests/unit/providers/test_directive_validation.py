"""Misspelled test directives are refused."""

import pytest

from kit.errors import InvalidInput
from providers.directive_validation import check_test_directives


@pytest.mark.parametrize(
    ("prompt", "suggestion"),
    [
        ("a cat test:failure", "test:fail"),
        ("test:faill", "test:fail"),
        ("TEST:Hung, please", "test:hang"),
        ("test:content-violation", "test:content_violation"),
        ("test:unavailible", "test:unavailable"),
        ("test:dely=5", "test:delay=SECONDS"),
        ("a cat test:fail test:wobble", None),
    ],
)
def test_a_misspelled_directive_is_refused_with_the_closest_one(prompt: str, suggestion: str | None) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_test_directives(prompt)

    assert refused.value.extensions["field"] == "input.input.text"
    assert refused.value.extensions.get("suggestion") == suggestion
    assert suggestion is None or suggestion in refused.value.message


@pytest.mark.parametrize("delay", ["-1", "1e9", "", "2s", "86401", "9" * 400, "nan", "0x10", "1..5"])
def test_an_invalid_delay_is_refused(delay: str) -> None:
    with pytest.raises(InvalidInput, match=r"test:delay=SECONDS, in decimals, from 0 to 86,400"):
        check_test_directives(f"a cat test:delay={delay}")


@pytest.mark.parametrize(
    "prompt",
    [
        "a cat",
        "test:fail",
        "Test:Fail. test:hang! (test:unavailable)",
        "test:delay=0 a cat",
        "test:delay=.25, test:delay=86400 test:delay=3.",
        "test: fail",
        "a test:",
        "contest:entry and the latest:news",
        "http://test:secret@example.com",
        None,
    ],
)
def test_directives_and_other_words_pass(prompt: str | None) -> None:
    check_test_directives(prompt)
