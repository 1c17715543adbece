"""Cursors and pages."""

from datetime import UTC, datetime

import pytest

from kit.errors import InvalidInput
from kit.ids import new_id
from kit.pagination import DEFAULT_SIZE, MAX_SIZE, cursor, page_of, page_request


def test_a_cursor_is_decoded_to_its_row() -> None:
    row = new_id("gen", datetime(2026, 1, 1, tzinfo=UTC))
    assert page_request(first=5, after=cursor(row), last=None, before=None).after == row


def test_the_page_size_has_a_default_and_a_maximum() -> None:
    assert page_request(first=None, after=None, last=None, before=None).size == DEFAULT_SIZE
    for invalid in ({"first": MAX_SIZE + 1}, {"first": -1}, {"last": 101}, {"first": 1, "last": 1}):
        arguments = {"first": None, "last": None, **invalid}
        with pytest.raises(InvalidInput):
            page_request(first=arguments["first"], after=None, last=arguments["last"], before=None)


@pytest.mark.parametrize("text", ["", "x", "*", "Z2VuXzE", "é", "\x00", cursor("gen_\0"), cursor("gen_1")])
def test_an_invalid_cursor_is_rejected(text: str) -> None:
    with pytest.raises(InvalidInput) as error:
        page_request(first=1, after=text, last=None, before=None)
    assert error.value.extensions["field"] == "after"


def test_one_row_more_than_requested_means_another_page() -> None:
    request = page_request(first=2, after=None, last=None, before=None)
    page = page_of([3, 2, 1], request)
    assert (list(page.items), page.has_next, page.has_previous) == ([3, 2], True, False)

    backward = page_of([1, 2, 3], page_request(first=None, after=None, last=2, before=None))
    assert (list(backward.items), backward.has_next, backward.has_previous) == ([2, 1], False, True)
