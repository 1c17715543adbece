"""The schema check finds changes that break documents, and allows additions."""

import pytest

from scripts.check_schema import breaking_changes, main

RELEASED = (
    "type Query { generation(id: ID!, after: Int): Int account: Int! } enum Status { ON OFF } input Options { a: Int }"
)


def test_the_schema_has_no_breaking_changes() -> None:
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
        ("input Options { a: Int }", ""),
    ],
)
def test_breaking_changes_are_found(before: str, after: str) -> None:
    changed = RELEASED.replace(before, after)

    assert changed != RELEASED
    assert len(breaking_changes(RELEASED, changed, since="v1")) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [("account: Int!", "account: Int! more: Int"), ("after: Int", "after: Int, more: Int"), ("ON OFF", "ON OFF IDLE")],
)
def test_additions_are_allowed(before: str, after: str) -> None:
    assert breaking_changes(RELEASED, RELEASED.replace(before, after), since="v1") == []
