"""Loads the catalogue from TOML files. An invalid file is an error at start."""

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from providers.catalogue.errors import EntryError
from providers.catalogue.model import Catalogue, Provider
from providers.catalogue.operator_files import apply_operator_files
from providers.catalogue.parsing import read_provider

DATA = Path(__file__).parent / "data"
OPTION_DEFINITIONS = "options.toml"


def load_catalogue(extra: Path | None = None) -> Catalogue:
    """Return the built-in catalogue, with the changes of the operator's TOML file or directory of TOML files.

    Raises `CatalogueError` with file, line, rule and an example if the operator's files cannot be used.
    """
    if extra is None:
        return _built_in_catalogue()
    definitions, entries = _built_in_data()
    return _catalogue(apply_operator_files(extra, entries, _built_in_catalogue().providers, definitions))


@cache
def _built_in_catalogue() -> Catalogue:
    definitions, entries = _built_in_data()
    return _catalogue(_provider(name, data, definitions) for name, data in entries.items())


@cache
def _built_in_data() -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return the vocabulary of options, and the entries by id. Not to be changed."""
    files = sorted(DATA.glob("*.toml"), key=lambda path: path.stem)
    entries = {path.stem: _read(path) for path in files if path.name != OPTION_DEFINITIONS}
    return _read(DATA / OPTION_DEFINITIONS), entries


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _provider(name: str, data: dict[str, Any], definitions: dict[str, Any]) -> Provider:
    try:
        provider = read_provider(data, definitions)
    except EntryError as error:
        raise ValueError(f"{name}.toml does not fit the catalogue: {error}") from error
    if provider.id != name:
        raise ValueError(f"{name}.toml is the file of {provider.id!r}")
    return provider


def _catalogue(providers: Iterable[Provider]) -> Catalogue:
    ordered = tuple(sorted(providers, key=lambda provider: provider.id))
    by_name: dict[str, Provider] = {}
    for provider in ordered:
        for name in (provider.id, *provider.aliases):
            if by_name.setdefault(name.lower(), provider) is not provider:
                raise ValueError(f"the catalogue has two providers called {name!r}")
    return Catalogue(ordered, MappingProxyType(by_name))
