"""Copies of frozen dataclasses."""

from dataclasses import dataclass, field, replace

import pytest

from kit.frozen import copy_with
from tests.support.manual_clock import ManualClock
from tests.support.media_server import queued_generation


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0
    names: list[str] = field(default_factory=list)


def test_a_copy_has_the_changes_and_everything_else_of_the_original() -> None:
    point = Point(1, names=["a"])
    copy = copy_with(point, y=2)

    assert copy == Point(1, 2, ["a"])
    assert copy.names is point.names
    assert point == Point(1, names=["a"])
    assert copy_with(point) is not point


def test_a_generation_is_copied_as_the_standard_library_does_it() -> None:
    original = queued_generation("gen_1", "acc_1", ManualClock())

    assert copy_with(original, version=7, progress=50) == replace(original, version=7, progress=50)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(TypeError, match="z"):
        copy_with(Point(1), z=3)
