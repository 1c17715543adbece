"""Instruments: series are limited, and histograms count by bucket."""

import pytest

from kit.instruments import OTHER, Counter, Gauge, Histogram


def test_series_above_the_limit_are_counted_together() -> None:
    counter = Counter("c", "help", ("name",), max_series=2)

    for number in range(1_000):
        counter.add(f"name-{number}")

    assert {labels: series.value for labels, series in counter.all_series.items()} == {
        ("name-0",): 1,
        ("name-1",): 1,
        (OTHER,): 998,
    }


def test_a_series_has_one_value_for_each_label() -> None:
    with pytest.raises(ValueError, match="labels"):
        Counter("c", "help", ("a", "b")).add("only one")


def test_a_value_is_counted_in_the_first_bucket_that_holds_it() -> None:
    histogram = Histogram("h", "help", bounds=(1, 2))

    for value in (0.5, 1, 1.5, 3):
        histogram.observe(value)

    assert histogram.series().counts == [2, 1, 1]
    assert histogram.series().sum == 6


def test_a_gauge_counts_what_is_open_also_after_an_error() -> None:
    gauge = Gauge("g", "help")
    during: list[float] = []

    def fail() -> None:
        with gauge.counting():
            during.append(gauge.series().value)
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    assert during == [1]
    assert gauge.series().value == 0
