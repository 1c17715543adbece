"""Loads the catalogue from TOML files. An invalid file is an error at start."""

import tomllib
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from providers.backend import GenerationType
from providers.catalogue.checking import check_provider
from providers.catalogue.model import (
    Catalogue,
    ContentField,
    Model,
    Option,
    OptionType,
    Provider,
    Rate,
    Route,
    Time,
    Value,
)

DATA = Path(__file__).parent / "data"
VOCABULARY = "options.toml"
KEYS = frozenset(Provider.__dataclass_fields__)


@cache
def load_catalogue() -> Catalogue:
    """Return the built-in catalogue."""
    vocabulary = _read(DATA / VOCABULARY)
    files = sorted((path for path in DATA.glob("*.toml") if path.name != VOCABULARY), key=lambda path: path.stem)
    providers = tuple(_provider(path, vocabulary) for path in files)
    by_name: dict[str, Provider] = {}
    for provider in providers:
        for name in (provider.id, *provider.aliases):
            if by_name.setdefault(name.lower(), provider) is not provider:
                raise ValueError(f"the catalogue has two providers called {name!r}")
    return Catalogue(providers, MappingProxyType(by_name))


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _provider(path: Path, vocabulary: dict[str, Any]) -> Provider:
    try:
        provider = read_provider(_read(path), vocabulary)
    except (KeyError, TypeError, ValueError) as fault:
        raise ValueError(f"{path.name} does not fit the catalogue: {fault}") from fault
    if provider.id != path.stem:
        raise ValueError(f"{path.name} is the file of {provider.id!r}")
    return provider


def read_provider(data: dict[str, Any], vocabulary: dict[str, Any]) -> Provider:
    """Parse an entry. Raises `ValueError`, `TypeError` or `KeyError`."""
    unknown = data.keys() - KEYS
    if unknown:
        raise ValueError(f"unknown {', '.join(sorted(unknown))}")
    provider = Provider(
        id=data["id"],
        aliases=tuple(data.get("aliases", ())),
        name=data["name"],
        vendor=data["vendor"],
        type=GenerationType(data["type"]),
        description=data["description"],
        modes=tuple(data["modes"]),
        features=tuple(data["features"]),
        limitations=tuple(data.get("limitations", ())),
        quality=data["quality"],
        speed=data["speed"],
        time=Time(**data["time"]),
        content=MappingProxyType({name: ContentField(name, **field) for name, field in data["content"].items()}),
        options=MappingProxyType(
            {name: _option(name, {**vocabulary[name], **option}) for name, option in data["options"].items()}
        ),
        models=tuple(Model(**model) for model in data.get("models", ())),
        rates=tuple(sorted((_rate(rate) for rate in data["rates"]), key=lambda rate: rate.since)),
        routes=tuple(_route(route) for route in data["routes"]),
    )
    check_provider(provider)
    return provider


def _option(name: str, data: dict[str, Any]) -> Option:
    allowed = data.get("allowed")
    typed = {"type": OptionType(data["type"]), "allowed": None if allowed is None else tuple(allowed)}
    return Option(name=name, **{**data, **typed})


def _route(data: dict[str, Any]) -> Route:
    when: dict[str, tuple[Value, ...]] = {name: tuple(values) for name, values in data.get("when", {}).items()}
    lists: dict[str, Any] = {name: tuple(data[name]) for name in ("modes", "extra") if name in data}
    lists["when"] = MappingProxyType(when)
    return Route(**{**_frozen(data), **lists})


def _rate(data: dict[str, Any]) -> Rate:
    points = tuple((pixels, credits) for pixels, credits in data.get("points", ()))
    return Rate(**{**_frozen(data), "points": points})


def _frozen(data: dict[str, Any]) -> dict[str, Any]:
    """Return the value with immutable nested tables."""
    return {
        name: MappingProxyType(_frozen(value)) if isinstance(value, dict) else value for name, value in data.items()
    }
