"""The hash of a request with an idempotency key."""

from dataclasses import fields, replace

import pytest

from generations.generation import Routing
from generations.requests.generation_request import GenerationRequest
from generations.requests.idempotency import HASHED_IF_GIVEN, fingerprint
from providers.backend import GenerationType
from webhooks.event import MessageFormat

REQUEST = GenerationRequest(type=GenerationType.IMAGE, input={"text": "a fox"})
STORED = "9776fcfc3958cec86100765039bb02475923450e65b6854fbc099e76c89ffbd5"


def test_a_request_without_later_fields_has_the_hash_of_earlier_releases() -> None:
    assert {field.name for field in fields(REQUEST)} >= HASHED_IF_GIVEN
    assert fingerprint(REQUEST, ignoring=frozenset()) == STORED


@pytest.mark.parametrize(
    "other", [replace(REQUEST, routing=Routing.VALUE), replace(REQUEST, webhook_format=MessageFormat.APIXO)]
)
def test_a_later_field_that_is_given_counts(other: GenerationRequest) -> None:
    assert fingerprint(other, ignoring=frozenset()) != STORED
