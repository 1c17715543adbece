"""Bodies and idempotency keys of JSON endpoints."""

import pytest
from pydantic import BaseModel, ConfigDict

from kit.errors import InvalidInput
from web.errors import RequestError
from web.json_api import MAX_DEPTH, WholeNumber, parse_model, resolve_idempotency_key


class Sample(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")

    n: WholeNumber


def nested(levels: int) -> bytes:
    """Return an object with lists, in all `levels` deep."""
    return b'{"n": 1, "x": ' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


@pytest.mark.parametrize("body", [b"", b"null", b"[1]", b'"x"', b"{", b'{"n": NaN}', nested(MAX_DEPTH + 1)])
def test_a_body_that_is_not_an_object_of_bounded_depth_is_rejected(body: bytes) -> None:
    with pytest.raises(RequestError):
        parse_model(Sample, body)


@pytest.mark.parametrize("body", [b'{"n": 5}', b'{"n": 5.0}', nested(MAX_DEPTH)])
def test_whole_numbers_are_accepted_in_both_notations(body: bytes) -> None:
    assert parse_model(Sample, body).n in (1, 5)


@pytest.mark.parametrize("body", [b'{"n": "5"}', b'{"n": 5.5}', b'{"n": true}', b'{"n": null}', b"{}"])
def test_a_wrong_field_is_named(body: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_model(Sample, body)

    assert refused.value.field == "n"


@pytest.mark.parametrize(
    ("header", "field", "key"), [(None, None, None), ("a", None, "a"), (None, "b", "b"), ("a", "a", "a")]
)
def test_the_idempotency_key_is_that_of_header_or_field(header: str | None, field: str | None, key: str | None) -> None:
    assert resolve_idempotency_key(header, field) == key


def test_two_different_idempotency_keys_are_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        resolve_idempotency_key("a", "b")

    assert refused.value.field == "input.idempotencyKey"
