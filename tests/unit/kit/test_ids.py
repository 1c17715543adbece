"""Sortable identifiers."""

from datetime import UTC, datetime, timedelta

from kit.ids import is_id, new_id

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_ids_sort_by_creation_time() -> None:
    ids = [new_id("gen", NOW + timedelta(milliseconds=number)) for number in range(50)]

    assert ids == sorted(ids)
    assert all(is_id(identifier) for identifier in ids)


def test_malformed_ids_are_recognized() -> None:
    for text in ("", "gen_", "gen_abc", "gen_" + "u" * 26, "gen_\x00", "x" * 10_000):
        assert not is_id(text)
