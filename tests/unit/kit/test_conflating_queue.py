from kit.conflating_queue import ROOM, ConflatingQueue


def taken(backlog: ConflatingQueue[int]) -> list[tuple[str, int]]:
    entries = []
    while (entry := backlog.take()) is not None:
        entries.append(entry)
    return entries


def test_what_has_room_comes_out_as_it_went_in() -> None:
    backlog: ConflatingQueue[int] = ConflatingQueue()
    for number in range(ROOM):
        backlog.put("a", number)

    assert taken(backlog) == [("a", number) for number in range(ROOM)]
    assert backlog.take() is None


def test_beyond_the_room_only_the_newest_of_each_subject_is_kept_and_always_the_last() -> None:
    backlog: ConflatingQueue[int] = ConflatingQueue()
    for number in range(10_000):
        backlog.put(f"{number % 5}", number)
        assert len(backlog) <= ROOM

    entries = taken(backlog)
    assert dict(entries) == {f"{number % 5}": number for number in range(9_995, 10_000)}
    assert [number for _, number in entries] == sorted(number for _, number in entries)


def test_it_holds_no_more_than_a_few_for_each_of_many_subjects() -> None:
    backlog: ConflatingQueue[int] = ConflatingQueue()
    for number in range(10_000):
        backlog.put(f"{number % 500}", number)

    assert 500 <= len(backlog) <= 1_000
    assert len({subject for subject, _ in taken(backlog)}) == 500
