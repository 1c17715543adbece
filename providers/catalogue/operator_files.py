"""The operator's catalogue files: they add, change and remove providers of the built-in catalogue."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kit.errors import closest_match
from providers.catalogue.errors import CatalogueError, EntryError
from providers.catalogue.model import Provider
from providers.catalogue.parsing import COMMON, read_provider
from providers.catalogue.removed_values import rate_without, removed_values, route_without, values_no_route_sends
from providers.catalogue.toml_lines import line_of

DISABLED = "disabled"
MAX_BYTES = 1_000_000  # of a file
ENTRY_EXAMPLE = 'id = "kling", and below it the keys to change, such as quality = 0.8'
DISABLED_EXAMPLE = 'id = "kling" and disabled = true'
# Examples by the first key of the place of an error.
EXAMPLES: Mapping[str, str] = {
    "id": 'id = "our-flux"',
    "type": 'type = "IMAGE"',
    "modes": 'modes = ["text-to-image"]',
    "time": "time = { base = 8.0, per_second = 2.0 }",
    "content": "[content] text = { required = true, maximum = 2000 }",
    "options": "[options] duration = { allowed = [5, 10], default = 5 }",
    "models": '[[models]] id = "v2" name = "Version 2" default = true',
    "rates": '[[rates]] since = 2026-01-01 kind = "flat" amount = 12.0',
    "routes": '[[routes]] backend = "fal" model = "fal-ai/flux/dev" fields = { text = "prompt", seed = "seed" }',
    COMMON: '[common.fal] fields = { text = "prompt" }',
}
FULL_EXAMPLE = "a built-in file in providers/catalogue/data, or docs/catalogue.md"


def apply_operator_files(
    extra: Path, entries: Mapping[str, Mapping[str, Any]], built_in: Sequence[Provider], definitions: Mapping[str, Any]
) -> list[Provider]:
    """Return the providers with the files applied. Raises `CatalogueError`."""
    providers = {provider.id: provider for provider in built_in}
    origin: dict[str, Path] = {}
    for path in _files(extra):
        text, data = _read(path)
        id = data.get("id")
        if not isinstance(id, str):
            raise CatalogueError(path, line_of(text, ("id",)) or 1, "the file names no provider", ENTRY_EXAMPLE)
        if id in origin:
            rule = f"{origin[id].name} is already about {id!r}; one file is about one provider"
            raise CatalogueError(path, line_of(text, ("id",)), rule, f"put both into {origin[id].name}")
        origin[id] = path
        disabled = _take_disabled(path, text, data)
        if disabled:
            _require_known(path, text, id, entries)
            del providers[id]
            continue
        providers[id] = _provider(path, text, _merged(entries.get(id, {}), data), definitions)
        _require_unique_names(path, text, providers, id)
    if not providers:
        raise CatalogueError(extra, None, "no provider is left", DISABLED_EXAMPLE)
    return list(providers.values())


def _files(extra: Path) -> list[Path]:
    if extra.is_dir():
        return sorted(path for path in extra.glob("*.toml") if path.is_file())
    if extra.is_file():
        return [extra]
    raise CatalogueError(extra, None, "there is no such file or directory", "DOITONG_CATALOGUE=/etc/doitong/catalogue")


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    example = 'id = "kling"'
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise CatalogueError(path, None, f"the file has more than {MAX_BYTES:,} bytes", "one file for one provider")
        text = content.decode()
        return text, tomllib.loads(text)
    except OSError as error:
        raise CatalogueError(path, None, f"the file cannot be read: {error.strerror}", "chmod +r") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise CatalogueError(path, line, "the file is not UTF-8", example) from error
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(path, _toml_line(str(error), text), f"this is not TOML: {error}", example) from error


def _toml_line(message: str, text: str) -> int:
    """Return the line that a message such as `Invalid value (at line 3, column 7)` names."""
    _, _, after = message.rpartition("at line ")
    number = after.partition(",")[0]
    return int(number) if number.isdigit() else len(text.splitlines())


def _take_disabled(path: Path, text: str, data: dict[str, Any]) -> bool:
    disabled = data.pop(DISABLED, False)
    if not isinstance(disabled, bool):
        raise CatalogueError(path, line_of(text, (DISABLED,)), "disabled must be true or false", DISABLED_EXAMPLE)
    return disabled


def _require_known(path: Path, text: str, id: str, entries: Mapping[str, Any]) -> None:
    if id not in entries:
        close = closest_match(id, list(entries))
        rule = f"there is no provider {id!r} to disable" + (f"; perhaps {str(close)!r}" if close else "")
        raise CatalogueError(path, line_of(text, ("id",)), rule, DISABLED_EXAMPLE)


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry with the operator's keys in place of the built-in ones; options are merged one by one."""
    kept = {name: value for name, value in base.items() if name != COMMON or "routes" not in own}
    if not isinstance(own.get("options"), dict):
        return {**kept, **own}
    options = dict(base.get("options", {}))
    removed = removed_values(options, own["options"])
    for name, option in own["options"].items():
        options[name] = {**options.get(name, {}), **option} if isinstance(option, dict) else option
    routes = [route_without(route, removed) for route in kept.get("routes", ())]
    kept["routes"] = [route for route in routes if route is not None]
    tables = () if "routes" in own else (*kept["routes"], *kept.get(COMMON, {}).values())
    unpaid = values_no_route_sends(tables, removed)
    kept["rates"] = [rate_without(rate, unpaid) for rate in kept.get("rates", ())]
    if COMMON in kept:
        kept[COMMON] = {name: route_without(table, removed) for name, table in kept[COMMON].items()}
    return {**kept, **own, "options": options}


def _provider(path: Path, text: str, data: Mapping[str, Any], definitions: Mapping[str, Any]) -> Provider:
    try:
        return read_provider(data, definitions)
    except EntryError as error:
        first = str(error.place[0]) if error.place else ""
        raise CatalogueError(
            path, line_of(text, error.place) or line_of(text, ("id",)), str(error), EXAMPLES.get(first, FULL_EXAMPLE)
        ) from error


def _require_unique_names(path: Path, text: str, providers: Mapping[str, Provider], id: str) -> None:
    provider = providers[id]
    for other in providers.values():
        if other is provider:
            continue
        shared = {provider.id, *provider.aliases} & {other.id, *other.aliases}
        if shared:
            rule = f"{other.id!r} is also called {min(shared)!r}"
            place = ("id",) if id in shared else ("aliases",)
            raise CatalogueError(path, line_of(text, place), rule, 'id = "our-kling" and aliases = ["our-kling-2"]')
