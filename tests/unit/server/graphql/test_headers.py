"""Headers that nobody would write cost no more than others."""

import time

import pytest

from server.graphql.transports.negotiation import EVENT_STREAM, MAX_ACCEPT, accepted_types
from web.request import headers_of

PROCESSOR_TIME = 0.2  # seconds


def test_headers_that_are_repeated_are_joined() -> None:
    raw = [(b"A", b"1"), (b"b", b"2"), (b"a", b"3"), (b"a", b"4")]

    assert headers_of({"headers": raw}) == {"a": "1, 3, 4", "b": "2"}


def test_joining_them_takes_time_by_their_number() -> None:
    begun = time.thread_time()
    joined = headers_of({"headers": [(b"a", b"b" * 1_000)] * 10_000})["a"]

    assert time.thread_time() - begun < PROCESSOR_TIME
    assert joined.count(",") == 9_999


@pytest.mark.parametrize("item", ["a,", ";a=b", "text/html,"])
def test_an_accept_that_is_too_long_is_taken_for_anything(item: str) -> None:
    accept = f"{EVENT_STREAM}{item * MAX_ACCEPT}"

    assert accepted_types(accept) == accepted_types("*/*")


def test_one_of_the_longest_is_read() -> None:
    accept = EVENT_STREAM.ljust(MAX_ACCEPT, " ")

    assert accepted_types(accept).stream == EVENT_STREAM
