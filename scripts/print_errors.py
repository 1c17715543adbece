"""Generate docs/errors.md from the code or, with --check, verify that the committed file is current."""

import inspect
import sys
from pathlib import Path

from kit import errors
from kit.errors import DoitongError, ErrorCode
from schema import enums  # noqa: F401  adds descriptions to the codes
from web.errors import RequestErrorCode

FILE = Path(__file__).resolve().parent.parent / "docs" / "errors.md"
GENERATION_ONLY = {ErrorCode.GENERATION_FAILED, ErrorCode.DEADLINE_EXCEEDED}
HEAD = """# Errors

An error of the API has a `code` from this table and `retryable` in its `extensions`. A failed generation has the same
values in `error { code message retryable }`. If an error makes the whole `data` null, the response has the HTTP status
of the code. The exception is a document that created generations before the error: the status is 200,
`extensions.accepted` lists their ids and `retryable` is false, because sending it again would create them again.

`PROVIDER_UNAVAILABLE` is not retryable where waiting does not help: the provider is not configured on this server, or
its upstream rejects the account of the operator. It is also the error of a generation that no upstream took.
`INVALID_INPUT` has `field` and, where they exist, `allowedValues` (strings, as in `providers { options }`) and
`suggestion`, the nearest of them.

The clients that Doitong's documents publish select `error` without subfields and compare `status` in lower case. A
selection set with such an `error` therefore gets `completed` where any other gets `COMPLETED`; `error { code message }`
leaves it in upper case.

| code | HTTP | retryable | meaning |
|---|---|---|---|
"""
REQUEST_ERRORS = """
The following codes are for requests that are rejected before execution. They are not retryable. The exception is
`SERVER_STOPPING`, which ends a stream when the server shuts down and is retryable. `BAD_USER_INPUT` has `field` and, if
a valid name or value is spelled similarly, `suggestion`.
"""


def text() -> str:
    """Return the text of the page."""
    classes = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, DoitongError)]
    by_code = {kind.code: kind for kind in classes if kind is not DoitongError}
    descriptions = {value.value: value.description for value in ErrorCode.__strawberry_definition__.values}  # type: ignore[attr-defined]
    rows = []
    for code in ErrorCode:
        kind = by_code[code]
        status = "–" if code in GENERATION_ONLY else str(kind.status)
        rows.append(f"| `{code}` | {status} | {'yes' if kind.retryable else 'no'} | {descriptions[code.value]} |")
    request_errors = "".join(f"- `{code}`\n" for code in RequestErrorCode)
    return HEAD + "\n".join(rows) + f"\n{REQUEST_ERRORS}\n{request_errors}"


def main() -> int:
    """Write or compare the file; return the exit code."""
    if "--check" not in sys.argv:
        FILE.write_text(text())
        return 0
    if FILE.read_text() == text():
        return 0
    sys.stderr.write("docs/errors.md is not current: run `python -m scripts.print_errors` and commit it\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
