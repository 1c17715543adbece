"""The weighted least-recently-used cache."""

from kit.lru import LeastRecentlyUsed


def test_the_least_recently_used_entry_is_evicted_first() -> None:
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


def test_an_entry_above_the_capacity_is_not_stored_and_evicts_nothing() -> None:
    entries: LeastRecentlyUsed[str, int] = LeastRecentlyUsed(capacity=10)
    entries.put("a", 1, weight=10)
    entries.put("b", 2, weight=11)

    assert (entries.get("a"), entries.get("b")) == (1, None)


def test_a_replaced_entry_counts_once() -> None:
    entries: LeastRecentlyUsed[str, int] = LeastRecentlyUsed(capacity=10)
    entries.put("a", 1, weight=6)
    entries.put("a", 2, weight=7)

    assert (entries.get("a"), entries.weight, len(entries)) == (2, 7, 1)
