"""The queue that keeps the newest entries of each subject."""

from kit.conflating_queue import CAPACITY, ConflatingQueue


def take_all(queue: ConflatingQueue[int]) -> list[tuple[str, int]]:
    entries = []
    while (entry := queue.take()) is not None:
        entries.append(entry)
    return entries


def test_entries_within_the_capacity_keep_their_order() -> None:
    queue: ConflatingQueue[int] = ConflatingQueue()
    for number in range(CAPACITY):
        queue.put("a", number)

    assert take_all(queue) == [("a", number) for number in range(CAPACITY)]
    assert queue.take() is None


def test_above_the_capacity_the_newest_entry_of_each_subject_is_kept() -> None:
    queue: ConflatingQueue[int] = ConflatingQueue()
    for number in range(10_000):
        queue.put(f"{number % 5}", number)
        assert len(queue) <= CAPACITY

    entries = take_all(queue)
    assert dict(entries) == {f"{number % 5}": number for number in range(9_995, 10_000)}
    assert [number for _, number in entries] == sorted(number for _, number in entries)


def test_the_length_is_bounded_for_many_subjects() -> None:
    queue: ConflatingQueue[int] = ConflatingQueue()
    for number in range(10_000):
        queue.put(f"{number % 500}", number)

    assert 500 <= len(queue) <= 1_000
    assert len({subject for subject, _ in take_all(queue)}) == 500
