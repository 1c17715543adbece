"""Snapshots as JSON, stored in a row between a callback and the job that processes it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from kit.errors import (
    ContentViolation,
    DoitongError,
    ErrorCode,
    GenerationFailed,
    InvalidInput,
    InvalidMediaUrl,
    ProviderUnavailable,
)
from providers.backend import BackendState, Deviation, JSONObject, Output, Snapshot

ERRORS: Mapping[str, type[DoitongError]] = {
    error.code: error for error in (ContentViolation, InvalidMediaUrl, ProviderUnavailable, GenerationFailed)
}


def dump(snapshot: Snapshot) -> JSONObject:
    """Return the snapshot as JSON. Outputs are stored by URL: a remote upstream has no local paths."""
    error = snapshot.error
    return {
        "state": snapshot.state.value,
        "progress": snapshot.progress,
        "outputs": [_dump_output(output) for output in snapshot.outputs],
        "error": None if error is None else {"code": error.code.value, "message": error.message},
        "notes": [asdict(note) for note in snapshot.notes],
    }


def load(value: Mapping[str, Any]) -> Snapshot:
    """Return the snapshot from JSON."""
    error = value["error"]
    return Snapshot(
        state=BackendState(value["state"]),
        progress=value["progress"],
        outputs=tuple(Output(**output) for output in value["outputs"]),
        error=None if error is None else _error(error["code"], error["message"]),
        notes=tuple(Deviation(**note) for note in value["notes"]),
    )


def _dump_output(output: Output) -> JSONObject:
    return {
        "media_type": output.media_type,
        "url": output.url,
        "role": output.role,
        "title": output.title,
        "lyrics": output.lyrics,
    }


def _error(code: str, message: str) -> DoitongError:
    if code == ErrorCode.INVALID_INPUT:
        return InvalidInput(message, field="input")
    return ERRORS.get(code, GenerationFailed)(message)
