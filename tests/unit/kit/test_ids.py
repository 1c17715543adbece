from datetime import UTC, datetime, timedelta

from kit.ids import is_id, new_id

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_ids_sort_by_the_time_they_were_made() -> None:
    ids = [new_id("gen", NOW + timedelta(milliseconds=number)) for number in range(50)]

    assert ids == sorted(ids)
    assert all(is_id(identifier) for identifier in ids)


def test_what_could_not_be_an_id_is_told() -> None:
    for text in ("", "gen_", "gen_abc", "gen_" + "u" * 26, "gen_\x00", "x" * 10_000):
        assert not is_id(text)
