"""Tokens with checksums, and their digests."""

import string

from hypothesis import given
from hypothesis import strategies as st

from kit.tokens import derived_token, digest, is_well_formed, new_token

PREFIX = "sk_test_"


def test_new_tokens_are_well_formed_and_differ() -> None:
    one, other = new_token(PREFIX), new_token(PREFIX)

    assert is_well_formed(one, PREFIX)
    assert one != other
    assert not is_well_formed(one, "sk_live_")


@given(st.integers(0, 37), st.sampled_from(string.ascii_letters + string.digits))
def test_the_checksum_detects_one_wrong_character(position: int, character: str) -> None:
    token = derived_token(PREFIX, b"secret", "test")
    index = len(PREFIX) + position
    altered = token[:index] + character + token[index + 1 :]

    assert is_well_formed(altered, PREFIX) == (altered == token)


def test_a_derived_token_is_reproducible_and_depends_on_the_secret() -> None:
    assert derived_token(PREFIX, b"a", "x") == derived_token(PREFIX, b"a", "x")
    assert derived_token(PREFIX, b"a", "x") != derived_token(PREFIX, b"b", "x")
    assert is_well_formed(derived_token(PREFIX, b"a", "x"), PREFIX)


def test_a_digest_depends_on_the_secret() -> None:
    assert digest("token", b"a") != digest("token", b"b")
    assert len(digest("token", b"a")) == 64
