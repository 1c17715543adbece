"""Prints schema.graphql from the code, or with --check says whether the committed one is current."""

import sys
from pathlib import Path

from server.graphql.schema import build_schema

FILE = Path(__file__).resolve().parent.parent / "schema.graphql"


def main() -> int:
    """Write the file, or compare it."""
    text = build_schema().as_str() + "\n"
    if "--check" not in sys.argv:
        FILE.write_text(text)
        return 0
    if FILE.read_text() == text:
        return 0
    sys.stderr.write("schema.graphql is not what the code says: run `python -m scripts.print_schema` and commit it\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
