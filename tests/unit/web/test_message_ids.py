"""The span of the id in a JSON-RPC message."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.message_ids import id_span, result_message

MEMBERS = (b'"jsonrpc":"2.0"', b'"id":%b', b'"method":"tools/call"', b'"params":{"id":7,"text":"\\"id\\":7,"}')
IDS = st.integers(0, 10**15 - 1).map(str) | st.from_regex(r'"[A-Za-z0-9_.:-]{0,64}"', fullmatch=True)


@given(st.permutations(MEMBERS), IDS, IDS, st.sampled_from(["", " ", "\n "]))
def test_messages_that_differ_in_their_id_are_equal_without_it(
    members: list[bytes], id: str, other: str, space: str
) -> None:
    message, repeated = (
        b"{%b}"
        % (b"," + space.encode()).join(members).replace(b'"id":%b', b'"id":%b%b' % (space.encode(), one.encode()))
        for one in (id, other)
    )
    span = id_span(message)

    assert span is not None
    assert span.id_in(message) == id.encode()
    assert orjson.loads(message[: span.start] + b"7" + message[span.end :])["id"] == 7
    equal = span.id_in(repeated) == other.encode() and span.without_id(repeated) == span.without_id(message)
    assert equal == (len(id) == len(other))


@pytest.mark.parametrize(
    "message",
    [
        b'{"method":"a"}',
        b'{"id":null,"method":"a"}',
        b'{"id":1.5,"method":"a"}',
        b'{"id":-1,"method":"a"}',
        b'{"id":1234567890123456,"method":"a"}',
        b'{"id":"\\u0061","method":"a"}',
        b'{"id":"a b","method":"a"}',
        b'{"i\\u0064":1,"method":"a"}',
        b'{"method":"a","params":{"id":1}}',
        b'{"method":"\\"id\\":1,"}',
    ],
)
def test_a_message_without_a_plain_id_of_its_own_has_no_place(message: bytes) -> None:
    assert id_span(message) is None


def test_of_two_ids_the_place_is_that_of_the_one_that_counts() -> None:
    message = b'{"id":1,"params":{"id":1},"id":1}'
    span = id_span(message)

    assert span is not None
    assert span.without_id(message) == b'{"id":1,"params":{"id":1},"id":\0}'


@pytest.mark.parametrize("other", [b"01", b"+1", b"1e", b"1,", b'"a', b"{}", b"\0\0", b" 1"])
def test_what_is_no_id_is_not_taken_for_one(other: bytes) -> None:
    span = id_span(b'{"method":"a","id":12}')

    assert span is not None
    assert span.id_in(b'{"method":"a","id":%b}' % other) is None


def test_the_result_is_sent_with_the_id_of_the_message() -> None:
    assert result_message(b'"a"', b'{"b":1}') == b'{"jsonrpc":"2.0","id":"a","result":{"b":1}}'
