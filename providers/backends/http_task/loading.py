"""Loads specs from TOML. An error names the file, the key and the rule."""

import copy
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kit.errors import closest_match
from providers.backends.http_task.json_paths import check_path, merge
from providers.backends.http_task.spec import PLACEHOLDER, Endpoint, JsonPath, OutputPath, Scheme, Spec

SPECS = Path(__file__).parent / "specs"
KINDS = frozenset({"image", "images", "audio", "video", "text"})
SHORT_FORMS: Mapping[type, str] = {OutputPath: "path"}  # a string instead of a table is the value of this key
NAME = re.compile(r"[a-z][a-z0-9]*")


@cache
def load_specs() -> tuple[Spec, ...]:
    """Return the built-in specs."""
    return tuple(load_spec(path) for path in sorted(SPECS.glob("*.toml")))


def load_spec(path: Path) -> Spec:
    """Load a file. Raises `ValueError`."""
    try:
        spec: Spec = _table(Spec, _with_defaults(tomllib.loads(path.read_text(encoding="utf-8"))), "")
        check_spec(spec)
    except ValueError as fault:
        raise ValueError(f"{path.name}: {fault}") from fault
    if spec.name != path.stem:
        raise ValueError(f"{path.name}: name: {spec.name!r} is not the name of the file")
    return spec


def _with_defaults(document: dict[str, Any]) -> dict[str, Any]:
    """Merge the table `defaults` into every endpoint."""
    defaults, endpoints = document.pop("defaults", {}), document.get("endpoints", [])
    if not isinstance(defaults, dict) or not isinstance(endpoints, list):
        raise ValueError("defaults: it is a table for the array of tables endpoints")  # noqa: TRY004
    for index, endpoint in enumerate(endpoints):
        merged = copy.deepcopy(defaults)
        merge(merged, endpoint)
        endpoints[index] = merged
    return document


def check_spec(spec: Spec) -> None:
    """Raise `ValueError` for values that do not fit each other."""
    _require(bool(NAME.fullmatch(spec.name)), "name", f"{spec.name!r} is not of lower-case letters and digits")
    _require(bool(spec.endpoints), "endpoints", "there is none")
    names = [endpoint.name for endpoint in spec.endpoints]
    _require(len(set(names)) == len(names), "endpoints", "two of them have one name")
    if spec.authorization.scheme is Scheme.HEADER:
        _require(spec.authorization.header != "Authorization", "authorization.header", "the scheme header needs one")
    for index, endpoint in enumerate(spec.endpoints):
        place = f"endpoints[{index}]"
        if endpoint.host is not None:
            _require(endpoint.host in spec.hosts, f"{place}.host", f"{endpoint.host!r} is not a key of hosts")
        _check_endpoint(endpoint, place)


def _check_endpoint(endpoint: Endpoint, place: str) -> None:
    submit, poll = endpoint.submit, endpoint.poll
    _require(bool(endpoint.outputs), f"{place}.outputs", "there is none")
    _check_template(f"{place}.submit.path", submit.path, {"model", "mode"})
    _require(
        "{mode}" not in submit.path or bool(submit.modes), f"{place}.submit.modes", "{mode} of the path needs words"
    )
    unknown = endpoint.inputs.keys() - KINDS
    _require(not unknown, f"{place}.inputs", f"{', '.join(sorted(unknown))} is not one of {', '.join(sorted(KINDS))}")
    for kind, media in endpoint.inputs.items():
        _require(
            (media.form is None) == (kind == "text"), f"{place}.inputs.{kind}.form", "all kinds but text need a form"
        )
        _require(
            (media.parameter is None) == (kind != "text"), f"{place}.inputs.{kind}.parameter", "only text needs one"
        )
    if poll is None:
        later = endpoint.find or endpoint.cancel or endpoint.callback
        _require(later is None, f"{place}.poll", "find, cancel and callback need it")
        return
    _require(bool(submit.id), f"{place}.submit.id", "a job that is polled needs it")
    known = {"id", "path", "model", *submit.keep}
    _check_template(f"{place}.poll.address", poll.address, known)
    _check_template(f"{place}.poll.address_from_id", poll.address_from_id or "", {"id", "path", "model"})
    if poll.then is not None:
        _check_template(f"{place}.poll.then.address", poll.then.address, known | poll.then.keep.keys())
    if endpoint.cancel is not None:
        _check_template(f"{place}.cancel.address", endpoint.cancel.address, known)
    if endpoint.find is not None:
        _check_template(f"{place}.find.address", endpoint.find.address, {"path", "model", "client_id"})
        _require(submit.client_id is not None, f"{place}.submit.client_id", "find needs it")


def _check_template(place: str, template: str, known: set[str]) -> None:
    for name in PLACEHOLDER.findall(template):
        _require(name in known, place, f"{{{name}}} is not one of {', '.join(sorted(known))}")


def _table(type_: Any, table: object, place: str) -> Any:
    """Return the dataclass `type_` of a TOML table."""
    if isinstance(table, str) and type_ in SHORT_FORMS:
        table = {SHORT_FORMS[type_]: table}
    if not isinstance(table, dict):
        raise ValueError(f"{place}: {table!r} is not a table")  # noqa: TRY004 - every error of a spec is a ValueError
    known = {member.name: member for member in fields(type_)}
    hints = _hints(type_)
    for name in table:
        if name not in known:
            suggestion = closest_match(name, list(known))
            hint = f", did you mean {suggestion}?" if suggestion else f": {', '.join(known)} are known"
            raise ValueError(f"{_key(place, name)}: unknown key{hint}")
    for name, member in known.items():
        if name not in table and _is_required(member):
            raise ValueError(f"{_key(place, name)}: missing")
    return type_(**{name: _value(hints[name], value, _key(place, name)) for name, value in table.items()})


def _value(type_: Any, value: object, place: str) -> Any:
    """Return a TOML value as the type of a field."""
    origin, arguments = typing.get_origin(type_), typing.get_args(type_)
    if type_ is Any:
        return value
    if type_ is JsonPath:
        return _path(value, place)
    if origin in (types.UnionType, typing.Union):
        return _value(next(inner for inner in arguments if inner is not type(None)), value, place)
    if origin is tuple:
        if not isinstance(value, list):
            return (_value(arguments[0], value, place),)
        return tuple(_value(arguments[0], item, f"{place}[{index}]") for index, item in enumerate(value))
    if origin is re.Pattern:
        return _pattern(value, place)
    if origin is Mapping:
        if not isinstance(value, dict):
            raise ValueError(f"{place}: {value!r} is not a table")
        pairs = (
            (_value(arguments[0], key, place), _value(arguments[1], item, _key(place, key)))
            for key, item in value.items()
        )
        return MappingProxyType(dict(pairs))
    if is_dataclass(type_):
        return _table(type_, value, place)
    return _plain(type_, value, place)


@cache
def _hints(type_: Any) -> dict[str, Any]:
    return typing.get_type_hints(type_)


def _plain(type_: Any, value: object, place: str) -> Any:
    if issubclass(type_, StrEnum):
        if value not in list(type_):
            raise ValueError(f"{place}: {value!r} is not one of {', '.join(type_)}")
        return type_(value)
    if type_ is str and isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # states and codes are compared as text
    if type_ is float and isinstance(value, int):
        return float(value)
    if not isinstance(value, type_) or (isinstance(value, bool) and type_ is not bool):
        raise ValueError(f"{place}: {value!r} is not of the type {type_.__name__}")
    return value


def _path(value: object, place: str) -> JsonPath:
    try:
        check_path(str(value))
    except ValueError as fault:
        raise ValueError(f"{place}: {fault}") from fault
    return JsonPath(str(value))


def _pattern(value: object, place: str) -> re.Pattern[str]:
    try:
        return re.compile(str(value), re.IGNORECASE)
    except re.error as fault:
        raise ValueError(f"{place}: {value!r} is not a regular expression: {fault}") from fault


def _is_required(member: "Field[Any]") -> bool:
    return member.default is MISSING and member.default_factory is MISSING


def _key(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _require(holds: bool, place: str, rule: str) -> None:
    if not holds:
        raise ValueError(f"{place}: {rule}")
