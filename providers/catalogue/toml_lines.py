"""Line numbers of tables and keys in TOML text, for error messages. An approximation: one line at a time."""

import re

from providers.catalogue.errors import Place

HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"\s*([A-Za-z0-9_.\"'-]+)\s*=")


def line_of(text: str, place: Place) -> int | None:
    """Return the line of a place, or of the nearest table or key around it that is found."""
    best: tuple[int, int] | None = None
    for number, found in _places(text):
        common = 0
        while common < min(len(found), len(place)) and found[common] == place[common]:
            common += 1
        if common == len(found) and (best is None or common > best[0]):
            best = (common, number)
    return None if best is None else best[1]


def _places(text: str) -> list[tuple[int, Place]]:
    """Return the place of each header and key, with its line."""
    places: list[tuple[int, Place]] = []
    counts: dict[Place, int] = {}
    table: Place = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := HEADER.fullmatch(line):
            name = _keys(header[2])
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
                table = (*name, counts[name])
            else:
                parent = name[:1]
                table = (*parent, counts[parent], *name[1:]) if parent in counts else name
            places.append((number, table))
        elif key := KEY.match(line):
            places.append((number, (*table, *_keys(key[1]))))
    return places


def _keys(dotted: str) -> Place:
    """Return the keys of a dotted name; quoted keys may contain dots."""
    return tuple(part.strip("\"' ") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", dotted))
