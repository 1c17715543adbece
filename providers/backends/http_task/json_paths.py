"""Paths into JSON documents: `data.images[].url`, `data.resultJson!json.resultUrls[]`, `messages.0.content`."""

import re
from collections.abc import Iterable, Sequence

import orjson

from providers.backend import JSON, JSONObject

STEP = re.compile(r"(?P<name>[\w-]+)(?P<json>!json)?(?P<each>\[\])?")
Value = str | int | float | bool


def check_path(path: str) -> None:
    """Raise `ValueError` for a malformed path."""
    for step in path.split("."):
        if not STEP.fullmatch(step):
            raise ValueError(f"{path!r} is not a path: {step!r} is not of the form name, name[] or name!json")


def find_all(document: JSON, path: str) -> list[JSON]:
    """Return the values at a path, without nulls and empty strings.

    A step is the name of a member or the index of an item. `[]` goes on with every item of a list, `!json` with the
    document in a string.
    """
    found: list[JSON] = [document]
    for step in path.split("."):
        match = STEP.fullmatch(step)
        if match is None:
            return []
        found = [value for parent in found for value in _member(parent, match["name"])]
        if match["json"]:
            found = [value for text in found for value in _parsed(text)]
        if match["each"]:
            found = [item for items in found if isinstance(items, list) for item in items]
    return [value for value in found if value is not None and value != ""]


def find_first(document: JSON, paths: str | Iterable[str]) -> Value | None:
    """Return the first string, number or boolean at one of the paths, or None."""
    for path in (paths,) if isinstance(paths, str) else paths:
        for value in find_all(document, path):
            if isinstance(value, str | int | float):
                return value
    return None


def append_at(document: JSONObject, path: str, values: Sequence[JSON]) -> None:
    """Append to the list at a path of names and indices, which is created if only its last step is missing."""
    *parents, last = path.split(".")
    parent: JSON = document
    for name in parents:
        parent = next(iter(_member(parent, name)), None)
    if not isinstance(parent, dict):
        raise TypeError(f"the body has no object for {path!r}")
    items = parent.setdefault(last, [])
    if not isinstance(items, list):
        raise TypeError(f"{path!r} of the body is not a list")
    items.extend(values)


def merge(target: JSONObject, addition: JSONObject) -> None:
    """Merge objects; other values of `addition` replace those of `target`."""
    for name, value in addition.items():
        present = target.get(name)
        if isinstance(present, dict) and isinstance(value, dict):
            merge(present, value)
        else:
            target[name] = value


def _member(parent: JSON, name: str) -> list[JSON]:
    if isinstance(parent, dict) and name in parent:
        return [parent[name]]
    if isinstance(parent, list) and name.isdecimal() and int(name) < len(parent):
        return [parent[int(name)]]
    return []


def _parsed(text: JSON) -> list[JSON]:
    if not isinstance(text, str):
        return []
    try:
        return [orjson.loads(text)]
    except orjson.JSONDecodeError:
        return []
