"""What is used stays, what is not goes, and the whole never weighs too much."""

from server.graphql.documents.lru import LeastRecentlyUsed


def test_what_was_used_longest_ago_goes_first() -> None:
    entries: LeastRecentlyUsed[str, int] = LeastRecentlyUsed(capacity=2)
    entries.put("a", 1)
    entries.put("b", 2)
    entries.get("a")
    entries.put("c", 3)

    assert (entries.get("a"), entries.get("b"), entries.get("c")) == (1, None, 3)


def test_the_total_weight_stays_within_the_capacity() -> None:
    entries: LeastRecentlyUsed[int, str] = LeastRecentlyUsed(capacity=10)
    for number in range(20):
        entries.put(number, "x", weight=number % 5 + 1)
        assert entries.weight <= 10


def test_an_entry_heavier_than_all_is_not_kept_and_drives_nothing_out() -> None:
    entries: LeastRecentlyUsed[str, int] = LeastRecentlyUsed(capacity=10)
    entries.put("a", 1, weight=10)
    entries.put("b", 2, weight=11)

    assert (entries.get("a"), entries.get("b")) == (1, None)


def test_an_entry_put_again_weighs_once() -> None:
    entries: LeastRecentlyUsed[str, int] = LeastRecentlyUsed(capacity=10)
    entries.put("a", 1, weight=6)
    entries.put("a", 2, weight=7)

    assert (entries.get("a"), entries.weight, len(entries)) == (2, 7, 1)
