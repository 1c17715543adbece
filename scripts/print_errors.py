"""Prints docs/errors.md from the code, or with --check says whether the committed one is current."""

import inspect
import sys
from pathlib import Path

from kit import errors
from kit.errors import DoitongError, ErrorCode
from schema import enums  # noqa: F401  gives the codes their descriptions
from web.errors import RequestErrorCode

FILE = Path(__file__).resolve().parent.parent / "docs" / "errors.md"
ONLY_ON_A_GENERATION = {ErrorCode.GENERATION_FAILED, ErrorCode.DEADLINE_EXCEEDED}
HEAD = """# Errors

Every error of ours has `extensions.code` from this list and `extensions.retryable`; a failed generation has the same
in `error { code message retryable }`. When the whole of `data` is null because of one, the answer carries its HTTP
status, unless the same document has made generations before: `extensions.accepted` names them, so that nobody makes
them twice.

| code | HTTP | retryable | meaning |
|---|---|---|---|
"""
BESIDE = """Beside them stand GraphQL's own codes, for requests that are refused before anything runs, and
`SERVER_STOPPING`, which ends a stream and is retryable.
`BAD_USER_INPUT` has `field`, and `suggestion` where a spelling is near.
"""


def text() -> str:
    """The whole page."""
    classes = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, DoitongError)]
    by_code = {kind.code: kind for kind in classes if kind is not DoitongError}
    descriptions = {value.value: value.description for value in ErrorCode.__strawberry_definition__.values}  # type: ignore[attr-defined]
    rows = []
    for code in ErrorCode:
        kind = by_code[code]
        status = "–" if code in ONLY_ON_A_GENERATION else str(kind.status)
        rows.append(f"| `{code}` | {status} | {'yes' if kind.retryable else 'no'} | {descriptions[code.value]} |")
    own = "".join(f"- `{code}`\n" for code in RequestErrorCode)
    return HEAD + "\n".join(rows) + f"\n\n{BESIDE}\n{own}"


def main() -> int:
    """Write the file, or compare it."""
    if "--check" not in sys.argv:
        FILE.write_text(text())
        return 0
    if FILE.read_text() == text():
        return 0
    sys.stderr.write("docs/errors.md is not what the code says: run `python -m scripts.print_errors` and commit it\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
