"""Parsing of requests: media type, encoding and query string."""

import gzip

import pytest

from server.graphql.request_params import parse_body, parse_query_string
from web.errors import RequestError

BODY = b'{"query": "{ number }"}'


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json;",
        "application/json; charset=utf-8;",
        "application/json; foo=bar",
        'Application/JSON ; version=1; Charset="UTF-8"',
        "application/json;charset=utf8",
        "application/graphql-response+json; charset=utf-8",
    ],
)
def test_json_is_parsed_with_any_other_parameters(content_type: str) -> None:
    assert parse_body(BODY, content_type).query == "{ number }"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/graphql",
        "application/json; charset=latin-1",
        "application/json; a=b; charset=utf-16",
    ],
)
def test_another_type_or_charset_is_unsupported(content_type: str) -> None:
    with pytest.raises(RequestError, match="application/json in UTF-8") as refused:
        parse_body(BODY, content_type)

    assert refused.value.status == 415


def test_a_compressed_request_is_unsupported() -> None:
    with pytest.raises(RequestError, match="uncompressed: the Content-Encoding 'gzip' is not supported") as refused:
        parse_body(gzip.compress(BODY), "application/json", content_encoding="gzip")

    assert (refused.value.status, refused.value.code) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert refused.value.headers == {"accept-encoding": "identity"}
    assert parse_body(BODY, "application/json", content_encoding="Identity").query == "{ number }"


def test_too_many_query_string_fields_are_refused() -> None:
    assert parse_query_string(b"query={a}" + b"&x=1" * 31).query == "{a}"
    with pytest.raises(RequestError, match="query string has more than 32 fields"):
        parse_query_string(b"query={a}" + b"&x=1" * 32)
    with pytest.raises(RequestError, match="not valid UTF-8"):
        parse_query_string(b"query=%ff")
