"""Reads the catalogue from its TOML files; a file that does not fit is an error at start, never later."""

import tomllib
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from providers.backend import GenerationType
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
)

DATA = Path(__file__).parent / "data"
VOCABULARY = "options.toml"


@cache
def load_catalogue() -> Catalogue:
    """The catalogue that ships with the server."""
    vocabulary = tomllib.loads((DATA / VOCABULARY).read_text())
    files = sorted((path for path in DATA.glob("*.toml") if path.name != VOCABULARY), key=lambda path: path.stem)
    providers = tuple(_provider(tomllib.loads(path.read_text()), vocabulary) for path in files)
    by_name: dict[str, Provider] = {}
    for provider in providers:
        for name in (provider.id, *provider.aliases):
            if by_name.setdefault(name.lower(), provider) is not provider:
                raise ValueError(f"the catalogue has two providers called {name!r}")
    return Catalogue(providers, MappingProxyType(by_name))


def _provider(data: dict[str, Any], vocabulary: dict[str, Any]) -> Provider:
    return Provider(
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
        routes=tuple(Route(**route) for route in data["routes"]),
    )


def _option(name: str, data: dict[str, Any]) -> Option:
    allowed = data.pop("allowed", None)
    return Option(
        name=name,
        type=OptionType(data.pop("type")),
        allowed=None if allowed is None else tuple(allowed),
        **data,
    )


def _rate(data: dict[str, Any]) -> Rate:
    points = tuple((pixels, credits) for pixels, credits in data.pop("points", ()))
    return Rate(points=points, **data)
