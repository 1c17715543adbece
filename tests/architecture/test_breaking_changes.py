"""What would break a published document is found, and what is only new is not."""

import pytest

from scripts.check_schema import breaks, main

PROMISED = (
    "type Query { generation(id: ID!, after: Int): Int account: Int! } enum Status { ON OFF } input Wanted { a: Int }"
)


def test_the_schema_keeps_its_promises() -> None:
    assert main() == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("account: Int!", ""),
        ("account: Int!", "account: Int"),
        ("account: Int!", "account: String!"),
        ("id: ID!", "id: ID!, more: Int!"),
        ("after: Int", "after: Int!"),
        ("ON OFF", "ON"),
        ("a: Int }", "a: Int, b: Int! }"),
        ("input Wanted { a: Int }", ""),
    ],
)
def test_what_breaks_documents_is_found(before: str, after: str) -> None:
    changed = PROMISED.replace(before, after)

    assert changed != PROMISED
    assert len(breaks(PROMISED, changed, since="v1")) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [("account: Int!", "account: Int! more: Int"), ("after: Int", "after: Int, more: Int"), ("ON OFF", "ON OFF IDLE")],
)
def test_what_is_only_new_breaks_nothing(before: str, after: str) -> None:
    assert breaks(PROMISED, PROMISED.replace(before, after), since="v1") == []
