"""Values that are forgotten after a time."""

from datetime import timedelta

from kit.expiring_dict import ExpiringDict

LIFETIME = timedelta(seconds=10)


def test_a_value_is_returned_once() -> None:
    values = ExpiringDict[int](LIFETIME)
    values.set("a", 1)

    assert [values.pop("a"), values.pop("a"), values.pop("b")] == [1, None, None]


def test_old_values_are_forgotten_when_others_are_set() -> None:
    now = [0.0]
    values = ExpiringDict[int](LIFETIME, monotonic=lambda: now[0])
    for number in range(100):
        values.set(str(number), number)
        now[0] += 1

    assert len(values) <= LIFETIME.total_seconds()
    assert values.names()[-1] == "99"


def test_a_value_that_is_set_again_is_kept() -> None:
    now = [0.0]
    values = ExpiringDict[int](LIFETIME, monotonic=lambda: now[0])
    values.set("a", 1)
    now[0] += 9
    values.set("a", 2)
    now[0] += 9
    values.set("b", 3)

    assert values.names() == ["a", "b"]
