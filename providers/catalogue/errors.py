"""Errors of catalogue files."""

from pathlib import Path

Place = tuple[str | int, ...]
"""Where in a file: the keys of nested tables and the indexes of lists, such as `("routes", 2, "when")`."""


class EntryError(ValueError):
    """An entry of the catalogue breaks a rule."""

    def __init__(self, rule: str, place: Place = ()) -> None:
        super().__init__(f"{label}: {rule}" if (label := describe(place)) else rule)
        self.rule, self.place = rule, place

    def below(self, place: Place) -> "EntryError":
        """Return the same error with its place below another one."""
        return EntryError(self.rule, (*place, *self.place))


class CatalogueError(ValueError):
    """A catalogue file cannot be used: the file, the line, the rule and an example that is valid."""

    def __init__(self, path: Path, line: int | None, rule: str, example: str) -> None:
        super().__init__(f"{path}{'' if line is None else f':{line}'}: {rule}. For example: {example}")
        self.path, self.line, self.rule, self.example = path, line, rule, example


def describe(place: Place) -> str:
    """Return the place as text, such as `[[routes]] 3, when.mode`."""
    match place:
        case (str() as table, int() as index, *keys):
            return f"[[{table}]] {index + 1}" + (f", {_dotted(keys)}" if keys else "")
        case ():
            return ""
    return _dotted(place)


def _dotted(keys: Place | list[str | int]) -> str:
    return ".".join(str(key + 1) if isinstance(key, int) else key for key in keys)
