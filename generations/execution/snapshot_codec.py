"""Snapshots as JSON, stored in a row between a callback, or a synchronous response, and the step that processes it."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
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
from providers.backend import Adjustment, BackendState, JSONObject, Output, Snapshot

ERRORS: Mapping[str, type[DoitongError]] = {
    error.code: error for error in (ContentViolation, InvalidMediaUrl, ProviderUnavailable, GenerationFailed)
}


def dump(snapshot: Snapshot) -> JSONObject:
    """Return the snapshot as JSON. The keys are those of stored rows and stay as they are."""
    error = snapshot.error
    return {
        "state": snapshot.state.value,
        "progress": snapshot.progress,
        "outputs": [_dump_output(output) for output in snapshot.outputs],
        "error": None if error is None else {"code": error.code.value, "message": error.message},
        "notes": [asdict(adjustment) for adjustment in snapshot.adjustments],
        "cost": snapshot.cost,
        "evidence": snapshot.diagnostics,
    }


def load(value: Mapping[str, Any]) -> Snapshot:
    """Return the snapshot from JSON."""
    error = value["error"]
    return Snapshot(
        state=BackendState(value["state"]),
        progress=value["progress"],
        outputs=tuple(_load_output(output) for output in value["outputs"]),
        error=None if error is None else _error(error["code"], error["message"]),
        adjustments=tuple(Adjustment(**adjustment) for adjustment in value["notes"]),
        cost=value.get("cost"),
        diagnostics=value.get("evidence"),
    )


def _dump_output(output: Output) -> JSONObject:
    return {
        "media_type": output.media_type,
        "path": None if output.path is None else str(output.path),
        "url": output.url,
        "role": output.role,
        "title": output.title,
        "lyrics": output.lyrics,
    }


def _load_output(value: Mapping[str, Any]) -> Output:
    path = value.get("path")
    return Output(**{**value, "path": None if path is None else Path(path)})


def _error(code: str, message: str) -> DoitongError:
    if code == ErrorCode.INVALID_INPUT:
        return InvalidInput(message, field="input")
    return ERRORS.get(code, GenerationFailed)(message)
