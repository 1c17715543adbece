"""Refuses a schema.graphql that would break a document written for the last release, or for the contract."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from graphql import build_schema, find_breaking_changes

ROOT = Path(__file__).resolve().parent.parent
CURRENT = ROOT / "schema.graphql"
CONTRACT = ROOT / "tests" / "architecture" / "contract.graphql"


def main() -> int:
    """0 when nothing breaks; else 1, with what breaks on stderr."""
    current = CURRENT.read_text()
    broken = [line for name, sdl in promises() for line in breaks(sdl, current, since=name)]
    for line in broken:
        sys.stderr.write(f"{line}\n")
    if broken:
        sys.stderr.write(
            "Bring back what went, and mark it @deprecated if it is to go. A release that must break its clients says "
            "so first in CHANGELOG.md, and its tag begins with the next major number.\n"
        )
    return 1 if broken else 0


def promises() -> Iterator[tuple[str, str]]:
    """The schemas that documents may have been written for, each with its name."""
    yield "the contract", CONTRACT.read_text()
    tag = _git("describe", "--tags", "--abbrev=0", "--match", "v[0-9]*")
    released = _git("show", f"{tag}:schema.graphql") if tag else None
    if released:
        yield f"{tag}", released


def breaks(promised: str, current: str, *, since: str) -> list[str]:
    """What a document that fits `promised` may run into with `current`, a line each."""
    changes = find_breaking_changes(build_schema(promised), build_schema(current))
    return [f"since {since}: {change.description}" for change in changes]


def _git(*arguments: str) -> str | None:
    """What git prints, or None where it has nothing to say, as in a tree without history or tags."""
    done = subprocess.run(  # noqa: S603
        ["git", *arguments],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else None


if __name__ == "__main__":
    sys.exit(main())
