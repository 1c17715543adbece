"""Frozen dataclasses with slots behave as the standard library's do, and copies of them."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field, replace
from typing import Any, Generic, TypeVar

import pytest

from kit.frozen import copy_with, dataclass
from tests.support.manual_clock import ManualClock
from tests.support.media_server import queued_generation


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0
    names: list[str] = field(default_factory=list)


T = TypeVar("T")


def made_by(decorate: Any, **more: bool) -> Any:
    class Everything(Generic[T]):
        """Fields of all kinds."""

        first: T
        second: int = 2
        third: list[int] = field(default_factory=list, kw_only=True)
        hidden: str = field(default="secret", repr=False)
        ignored: str = field(default="", compare=False)

    return decorate(frozen=True, slots=True, **more)(Everything)


def have_same_hash(one: object, other: object) -> bool:
    return hash(one) == hash(other)  # both are alive: without fields, a hash is that of an address


CALLS: list[Callable[[Any], Any]] = [
    lambda cls: repr(cls(1, 3, hidden="a")),
    lambda cls: cls("a", third=[1]) == cls("a", third=[1], ignored="b"),
    lambda cls: cls("a") == cls("b"),
    lambda cls: cls("a") == "a",
    lambda cls: have_same_hash(cls((1, 2), third=()), cls((1, 2), third=(), ignored="b")),
    lambda cls: have_same_hash(cls("a", third=()), cls("b", third=())),
    lambda cls: cls("a").third is cls("a").third,
    lambda cls: cls(),
    lambda cls: cls(1, 2, [], "", ""),
    lambda cls: cls(1, fourth=4),
    lambda cls: setattr(cls(1), "first", 2),
    lambda cls: delattr(cls(1), "first"),
    lambda cls: cls(1).__dict__,
    lambda cls: cls.__match_args__,
    lambda cls: dataclasses.asdict(cls(1, third=[3])),
    lambda cls: replace(cls(1, third=[3]), second=5) == cls(1, 5, third=[3]),
    lambda cls: copy.deepcopy(cls([1], third=[3])) == cls([1], third=[3]),
]


@pytest.mark.parametrize("kw_only", [False, True])
@pytest.mark.parametrize("eq", [False, True])
@pytest.mark.parametrize("call", CALLS)
def test_a_class_behaves_as_one_of_the_standard_library(call: Callable[[Any], Any], eq: bool, kw_only: bool) -> None:
    def outcome(cls: Any) -> Any:
        try:
            return call(cls)
        except (AttributeError, TypeError) as error:
            return type(error), str(error)

    assert outcome(made_by(dataclass, eq=eq, kw_only=kw_only)) == outcome(
        made_by(dataclasses.dataclass, eq=eq, kw_only=kw_only)
    )


def test_a_generic_class_takes_its_arguments() -> None:
    @dataclass(frozen=True, slots=True)
    class Box(Generic[T]):
        content: T

    assert Box[int](1) == Box(1)
    with pytest.raises(FrozenInstanceError, match="other"):
        Box(1).other = 2  # type: ignore[attr-defined]


def test_instances_are_pickled() -> None:
    assert pickle.loads(pickle.dumps(Point(1, 2, ["a"]))) == Point(1, 2, ["a"])  # noqa: S301


def test_own_methods_are_kept() -> None:
    @dataclass(frozen=True, slots=True)
    class Named:
        name: str

        def __repr__(self) -> str:
            return self.name

    assert repr(Named("a")) == "a"


def test_a_container_of_itself_is_shown() -> None:
    point = Point(1)
    point.names.append(point)  # type: ignore[arg-type]

    assert repr(point) == "Point(x=1, y=0, names=[...])"


def test_what_is_not_supported_is_refused_with_the_class() -> None:
    with pytest.raises(TypeError, match="standard library"):
        dataclass(frozen=False, slots=True)(Point)

    with pytest.raises(TypeError, match="Computed needs the dataclass of the standard library"):

        @dataclass(frozen=True, slots=True)
        class Computed:
            x: int = field(init=False)


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
