"""Writes schema.graphql from the code or, with --check, verifies that the committed file is current."""

import sys
from pathlib import Path

from server.graphql.schema import build_schema

FILE = Path(__file__).resolve().parent.parent / "schema.graphql"


def main() -> int:
    """Write or compare the file; return the exit code."""
    text = build_schema().as_str() + "\n"
    if "--check" not in sys.argv:
        FILE.write_text(text)
        return 0
    if FILE.read_text() == text:
        return 0
    sys.stderr.write("schema.graphql is not current: run `python -m scripts.print_schema` and commit it\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
