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
its upstream rejects the account of the operator. It is also the error of a generation that no upstream accepted.
`INVALID_INPUT` has `field` and, where they exist, `allowedValues` (strings, as in `providers { options }`) and
`suggestion`, the nearest of them. `INVALID_MEDIA_URL` has another status for a rejected upload: 408 (too slow), 413
(too large) or 415 (not a supported type).

Doitong's published clients select `error` without subfields and compare `status` in lower case. Therefore, a selection
set with `error` as a leaf returns `completed` where any other returns `COMPLETED`; `error { code message }` leaves
`status` in upper case.

The [other APIs](dialects.md) use the same codes. `CANCELLED` is not an error of GraphQL: APIXO, OmniVideo and Kubeez,
which have no status for a cancelled generation, return it as the code of a failed one (OpenAI: `cancelled`).

| code | HTTP | retryable | meaning |
|---|---|---|---|
"""
REQUEST_ERRORS = """
The following codes are for requests that are rejected before they are executed. They are not retryable, except
`SERVER_STOPPING`, which ends a stream when the server shuts down. `BAD_USER_INPUT` has `field` and, if a valid name or
value is spelled similarly, `suggestion`. A body that is too large has status 413 (`PAYLOAD_TOO_LARGE`), one that takes
longer than 30 seconds to arrive 408 (`REQUEST_TIMEOUT`), and one sent to `/graphql` with another type than JSON 415
(`UNSUPPORTED_MEDIA_TYPE`).
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
