"""Negotiation of the response media type."""

import pytest

from server.graphql.transports.negotiation import EVENT_STREAM, MAX_ACCEPT, accepted_types


@pytest.mark.parametrize("item", ["a,", ";a=b", "text/html,"])
def test_an_accept_header_that_is_too_long_accepts_anything(item: str) -> None:
    accept = f"{EVENT_STREAM}{item * MAX_ACCEPT}"

    assert accepted_types(accept) == accepted_types("*/*")


def test_an_accept_header_of_the_maximum_length_is_parsed() -> None:
    accept = EVENT_STREAM.ljust(MAX_ACCEPT, " ")

    assert accepted_types(accept).stream == EVENT_STREAM
