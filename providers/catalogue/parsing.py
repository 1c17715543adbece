"""Parses the entry of a provider: TOML tables become the types of the catalogue. Raises `EntryError`."""

import math
import re
from collections.abc import Mapping
from datetime import date, time
from types import MappingProxyType
from typing import Any

from providers.backend import GenerationType
from providers.catalogue.entry_validation import validate_entry
from providers.catalogue.errors import EntryError, Place
from providers.catalogue.file_schema import CONTENT, MODEL, OPTION, PROVIDER, RANGE, RATE, ROUTE, TIME, check_table
from providers.catalogue.model import (
    ContentField,
    Model,
    Option,
    OptionType,
    Provider,
    Range,
    Rate,
    Route,
    TypicalDuration,
)

COMMON = "common"
ALL_BACKENDS = "*"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


def read_provider(data: Mapping[str, Any], definitions: Mapping[str, Any]) -> Provider:
    """Parse and check an entry."""
    check_table(PROVIDER, data, ())
    for name in (data["id"], *data.get("aliases", ())):
        if not NAME.fullmatch(name):
            raise EntryError(f"{name!r} must consist of lower-case letters, digits, dots and hyphens", ("id",))
    provider = Provider(
        id=data["id"],
        aliases=tuple(data.get("aliases", ())),
        name=data["name"],
        vendor=data["vendor"],
        type=_type(data["type"]),
        description=data["description"],
        modes=tuple(data["modes"]),
        features=tuple(data["features"]),
        limitations=tuple(data.get("limitations", ())),
        quality=data["quality"],
        speed=data["speed"],
        typical_duration=TypicalDuration(**_checked(TIME, data["time"], "time")),
        content=MappingProxyType({name: _content(name, field) for name, field in data["content"].items()}),
        options=MappingProxyType(
            {name: _option(name, option, definitions) for name, option in data["options"].items()}
        ),
        models=tuple(Model(**_checked(MODEL, model, "models", i)) for i, model in enumerate(data.get("models", ()))),
        rates=tuple(sorted((_rate(i, rate) for i, rate in enumerate(data["rates"])), key=lambda rate: rate.since)),
        routes=tuple(_route(i, route, data.get(COMMON, {})) for i, route in enumerate(data["routes"])),
    )
    validate_entry(provider)
    return provider


def _checked(schema: Any, data: Any, *place: str | int) -> dict[str, Any]:
    check_table(schema, data, place)
    return dict(data)


def _type(name: str) -> GenerationType:
    if name not in GenerationType.__members__:
        raise EntryError(f"{name!r} is not one of {', '.join(GenerationType)}", ("type",))
    return GenerationType(name)


def _content(name: str, data: Any) -> ContentField:
    return ContentField(name, **_checked(CONTENT, data, "content", name))


def _option(name: str, data: Any, definitions: Mapping[str, Any]) -> Option:
    if name not in definitions:
        raise EntryError(f"unknown option {name!r}; there are {', '.join(definitions)}", ("options", name))
    merged = _checked(OPTION, {**definitions[name], **_checked(OPTION, data, "options", name)}, "options", name)
    if merged.get("type") not in OptionType.__members__:
        raise EntryError(f"the type is not one of {', '.join(OptionType)}", ("options", name, "type"))
    allowed = merged.get("allowed")
    typed = {"type": OptionType(merged["type"]), "allowed": None if allowed is None else tuple(allowed)}
    return Option(name=name, **{**merged, **typed})


def _rate(index: int, data: Any) -> Rate:
    table = _checked(RATE, data, "rates", index)
    points = table.get("points", ())
    if not all(isinstance(point, list) and len(point) == 2 for point in points):
        raise EntryError("points are pairs of pixels and credits", ("rates", index, "points"))
    return Rate(**{**_frozen(table), "points": tuple((pixels, credits) for pixels, credits in points)})


def _route(index: int, data: Any, common: Mapping[str, Any]) -> Route:
    place: Place = ("routes", index)
    check_table(ROUTE, data, place)
    merged: dict[str, Any] = {}
    for name in (ALL_BACKENDS, data["backend"]):
        check_table(ROUTE, shared := common.get(name, {}), (COMMON, name), required=False)
        merged = _merged(merged, shared)
    merged = _merged(merged, data)
    try:
        _check_constants(merged.get("constants", {}))
    except EntryError as error:
        raise error.below(place) from error
    values: dict[str, Any] = {name: tuple(merged[name]) for name in ("modes", "extra") if name in merged}
    for name in ("when", "supported"):
        rules = {key: _rule(rule, (*place, name, key)) for key, rule in merged.get(name, {}).items()}
        values[name] = MappingProxyType(rules)
    if "pixels" in merged:
        values["pixels"] = _rule(merged["pixels"], (*place, "pixels"))
    renamed = {"value_map": merged.pop("words", {})}
    return Route(**{**_frozen(merged), **_frozen(renamed), **values})


def _merged(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two tables and their nested tables; `own` takes precedence."""
    nested = {
        name: {**common[name], **own[name]}
        for name in common.keys() & own.keys()
        if isinstance(common[name], dict) and isinstance(own[name], dict) and name != "pixels"
    }
    return {**common, **own, **nested}


def _rule(data: Any, place: Place) -> tuple[Any, ...] | Range:
    if isinstance(data, dict):
        check_table(RANGE, data, place)
        return Range(**data)
    return tuple(data)


def _check_constants(constants: Any, place: Place = ("constants",)) -> None:
    """Constants become JSON: no dates, no infinite numbers."""
    for key, value in constants.items() if isinstance(constants, dict) else enumerate(constants):
        if isinstance(value, dict | list):
            _check_constants(value, (*place, key))
        elif isinstance(value, date | time) or (isinstance(value, float) and not math.isfinite(value)):
            raise EntryError("a date, a time or an infinite number is not JSON", (*place, key))


def _frozen(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value with immutable nested tables."""
    return {
        name: MappingProxyType(_frozen(value)) if isinstance(value, dict) else value for name, value in data.items()
    }
