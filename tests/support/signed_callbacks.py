"""Signed callbacks that an upstream posts, and their verification by its backend."""

import hmac
import json
from collections.abc import Mapping
from hashlib import sha256

from kit.errors import (
    ContentViolation,
    DeadlineExceeded,
    DoitongError,
    ErrorCode,
    GenerationFailed,
    ProviderUnavailable,
)
from providers.backend import BackendState, Callback, Output, Snapshot

SECRET = b"shared by the upstream and its backend"
SIGNATURE_HEADER = "x-upstream-signature"

ERRORS: Mapping[ErrorCode, type[DoitongError]] = {
    error.code: error for error in (ContentViolation, DeadlineExceeded, GenerationFailed, ProviderUnavailable)
}
"""The failures that an upstream reports."""

SignedCallback = tuple[dict[str, str], bytes]


def sign_callback(task: str, snapshot: Snapshot, *, secret: bytes = SECRET) -> SignedCallback:
    """Return the headers and the body of a callback for a task."""
    message = {
        "task": task,
        "state": snapshot.state.value,
        "progress": snapshot.progress,
        "outputs": [
            {"url": output.url, "media_type": output.media_type, "role": output.role} for output in snapshot.outputs
        ],
        "code": None if snapshot.error is None else snapshot.error.code.value,
        "error": None if snapshot.error is None else snapshot.error.message,
    }
    body = json.dumps(message).encode()
    return {SIGNATURE_HEADER: hmac.new(secret, body, sha256).hexdigest()}, body


def verify_callback(task: object, *, headers: Mapping[str, str], body: bytes) -> Callback | None:
    """Parse a callback as a backend does: None if it is malformed or for another task than `task`."""
    try:
        message = json.loads(body)
        is_for_task = task is None or message["task"] == task
        snapshot = parse_snapshot(message)
    except (ValueError, KeyError, TypeError):
        return None
    if not is_for_task:
        return None
    expected = hmac.new(SECRET, body, sha256).hexdigest()
    verified = hmac.compare_digest(expected.encode(), headers.get(SIGNATURE_HEADER, "").encode())
    return Callback(verified=verified, snapshot=snapshot)


def parse_snapshot(message: Mapping[str, object]) -> Snapshot:
    """Parse the state of a task from a callback or a poll response."""
    outputs, error, progress = message["outputs"], message["error"], message["progress"]
    assert isinstance(outputs, list)
    return Snapshot(
        state=BackendState(str(message["state"])),
        progress=progress if isinstance(progress, int) else None,
        outputs=tuple(Output(**output) for output in outputs),
        error=None if error is None else ERRORS[ErrorCode(str(message["code"]))](str(error)),
    )
