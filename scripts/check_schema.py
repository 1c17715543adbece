"""Fails if schema.graphql breaks a document that is valid for the last release or for the contract."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from graphql import build_schema, find_breaking_changes

ROOT = Path(__file__).resolve().parent.parent
CURRENT = ROOT / "schema.graphql"
CONTRACT = ROOT / "tests" / "architecture" / "contract.graphql"


def main() -> int:
    """Print the breaking changes to stderr; return 1 if there are any."""
    current = CURRENT.read_text()
    lines = [line for name, sdl in earlier_schemas() for line in breaking_changes(sdl, current, since=name)]
    for line in lines:
        sys.stderr.write(f"{line}\n")
    if lines:
        sys.stderr.write(
            "Restore what was removed, and mark it @deprecated if it is to be removed later. A release with breaking "
            "changes announces them in CHANGELOG.md and increments the major version.\n"
        )
    return 1 if lines else 0


def earlier_schemas() -> Iterator[tuple[str, str]]:
    """Yield the schemas that clients may have been written for, with their names."""
    yield "the contract", CONTRACT.read_text()
    tag = _git("describe", "--tags", "--abbrev=0", "--match", "v[0-9]*")
    released = _git("show", f"{tag}:schema.graphql") if tag else None
    if released:
        yield f"{tag}", released


def breaking_changes(earlier: str, current: str, *, since: str) -> list[str]:
    """Return a line for each change from `earlier` to `current` that may break a document."""
    changes = find_breaking_changes(build_schema(earlier), build_schema(current))
    return [f"since {since}: {change.description}" for change in changes]


def _git(*arguments: str) -> str | None:
    """Return git's output, or None if git fails, as without history or tags."""
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
