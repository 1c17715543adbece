"""Frozen dataclasses with slots: made and copied at a fraction of what the standard library takes."""

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, fields
from functools import cache
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, TypeVar, cast

T = TypeVar("T")
SetField = Callable[[object, object], None]
Method = Callable[..., Any]


def _dataclass(
    *, frozen: bool, slots: bool, kw_only: bool = False, eq: bool = True
) -> Callable[[type[Any]], type[Any]]:
    """Return a decorator that does what `dataclasses.dataclass` does with `frozen` and `slots`.

    That one compiles six methods for each class, half a millisecond of the start; this one compiles `__init__` when
    the first instance is made, and the others share their code. It is for classes without `__post_init__`, `InitVar`
    and fields with `init=False`.
    """
    if not (frozen and slots):
        raise TypeError("a dataclass that is not frozen or has no slots is made with the standard library")

    def make(cls: type[Any]) -> type[Any]:
        made = dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=kw_only, slots=True)(cls)
        methods = {**SHARED_METHODS, "__init__": _initializer(made), **(_comparison(made) if eq else {})}
        for name, method in methods.items():
            if name not in vars(cls):
                setattr(made, name, method)
        return made

    return make


def _initializer(cls: Any) -> Method:
    if hasattr(cls, "__post_init__") or not all(field.init for field in fields(cls)):
        raise TypeError(f"{cls.__name__} needs the dataclass of the standard library: not all its fields are arguments")

    def compile_and_initialize(self: object, *arguments: object, **named: object) -> None:
        cls.__init__ = _compiled_initializer(cls)
        cls.__init__(self, *arguments, **named)

    return compile_and_initialize


def _compiled_initializer(cls: Any) -> Method:
    namespace: dict[str, Any] = {"MISSING": MISSING}
    positional, keywords, body = ["self"], ["*"], ["pass"]
    for field in fields(cls):
        name, value = field.name, field.name
        namespace[f"__set_{name}"] = getattr(cls, name).__set__
        parameter = name
        if field.default is not MISSING:
            namespace[f"__default_{name}"] = field.default
            parameter = f"{name}=__default_{name}"
        elif field.default_factory is not MISSING:
            namespace[f"__make_{name}"] = field.default_factory
            parameter, value = f"{name}=MISSING", f"__make_{name}() if {name} is MISSING else {name}"
        (keywords if field.kw_only else positional).append(parameter)
        body.append(f"__set_{name}(self, {value})")
    parameters = ", ".join([*positional, *(keywords if len(keywords) > 1 else ())])
    exec(f"def __init__({parameters}):\n  " + "\n  ".join(body), namespace)  # noqa: S102  names of fields alone
    method: Method = namespace["__init__"]
    method.__qualname__ = f"{cls.__qualname__}.__init__"
    return method


def _comparison(cls: Any) -> dict[str, Method]:
    names = [field.name for field in fields(cls) if field.compare]
    values: Callable[[object], object] = attrgetter(*names) if names else lambda instance: ()

    def equals(self: object, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def hash_of(self: object) -> int:
        return hash(values(self))

    return {"__eq__": equals, "__hash__": hash_of}


def _refuse_assignment(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


@recursive_repr()
def _representation(self: Any) -> str:
    values = (f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if field.repr)
    return f"{self.__class__.__qualname__}({', '.join(values)})"


def _state(self: Any) -> list[object]:
    return [getattr(self, field.name) for field in fields(self)]


def _restore_state(self: Any, state: list[object]) -> None:
    for field, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


SHARED_METHODS: dict[str, Method] = {
    "__setattr__": _refuse_assignment,
    "__delattr__": _refuse_deletion,
    "__repr__": _representation,
    "__getstate__": _state,
    "__setstate__": _restore_state,
}

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    dataclass = _dataclass


def copy_with(instance: T, /, **changes: object) -> T:
    """Return a copy with these fields changed.

    Does what `dataclasses.replace` does, at half its cost for a class with many fields: it needs slots, two or
    more fields, and no `__post_init__`.
    """
    cls = cast(Any, type(instance))
    read_all, setters = _accessors(cls)
    unknown = changes.keys() - setters.keys()
    if unknown:
        raise TypeError(f"{cls.__name__} has no field {min(unknown)!r}")
    copy: T = cls.__new__(cls)
    for set_field, value in zip(setters.values(), read_all(instance), strict=True):
        set_field(copy, value)
    for name, value in changes.items():
        setters[name](copy, value)
    return copy


@cache
def _accessors(cls: Any) -> tuple[Callable[[object], tuple[object, ...]], dict[str, SetField]]:
    """Return a function that reads all fields, and those that set them although the class is frozen."""
    names = [field.name for field in fields(cls)]
    return attrgetter(*names), {name: getattr(cls, name).__set__ for name in names}
