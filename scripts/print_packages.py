"""Writes the table of packages in CONTRIBUTING.md: their summaries and allowed imports."""

import ast
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "CONTRIBUTING.md"
START, END = "<!-- packages -->\n", "<!-- /packages -->\n"


def table() -> str:
    """Return the table, from the layers of pyproject.toml and the docstrings of the packages."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    rows = ["| package | is | may import |", "|---|---|---|"]
    for package, imports in allowed_imports(settings).items():
        names = ", ".join(f"`{name}`" for name in imports) or "nothing of ours"
        rows.append(f"| `{package}` | {_summary(package)} | {names} |")
    return "\n".join(rows) + "\n"


def allowed_imports(settings: dict[str, Any]) -> dict[str, list[str]]:
    """Return, for each package from the top down, the packages below it that no contract forbids."""
    contracts = settings["contracts"]
    (layered,) = (contract for contract in contracts if contract["type"] == "layers")
    layers = [[name.strip() for name in layer.split("|")] for layer in layered["layers"]]
    forbidden = {
        (source, target)
        for contract in contracts
        if contract["type"] == "forbidden"
        for source in contract["source_modules"]
        for target in contract["forbidden_modules"]
    }
    return {
        package: [below for layer in layers[level + 1 :] for below in layer if (package, below) not in forbidden]
        for level, packages in enumerate(layers)
        for package in packages
    }


def _summary(package: str) -> str:
    docstring = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text()))
    if docstring is None:
        raise ValueError(f"{package}/__init__.py has no docstring")
    return " ".join(docstring.split()).rstrip(".")


def main(arguments: list[str]) -> int:
    """Write the table, or with `--check` compare it; return the exit status."""
    text = FILE.read_text()
    head, _, rest = text.partition(START)
    _, _, tail = rest.partition(END)
    current = f"{head}{START}{table()}{END}{tail}"
    if "--check" not in arguments:
        FILE.write_text(current)
        return 0
    if current != text:
        sys.stderr.write("CONTRIBUTING.md is not current: run `python -m scripts.print_packages`.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
