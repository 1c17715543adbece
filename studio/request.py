"""The request and the result of a render, and their JSON encoding between server and worker."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast

from kit.errors import ContentViolation, DoitongError, GenerationFailed, InvalidInput, ProviderUnavailable
from providers.backend import JSON, Adjustment, GenerationType, JSONObject

RESULT_NAME = "result.json"


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """A generation to render. Its files go into a directory named by `id`."""

    id: str
    type: GenerationType
    input: JSONObject
    options: JSONObject
    seed: int
    files: Mapping[str, Path] = field(default_factory=dict)
    defaulted_options: frozenset[str] = frozenset()
    """Options with their default value, which are not reported if the renderer ignores them."""


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A rendered file, by its name in the generation's directory."""

    name: str
    media_type: str
    role: str = "output"
    title: str | None = None
    lyrics: str | None = None


@dataclass(frozen=True, slots=True)
class RenderResult:
    """All files of a generation, and the adjustments of its request."""

    outputs: tuple[RenderedFile, ...]
    adjustments: tuple[Adjustment, ...] = ()


def encode_request(request: RenderRequest) -> JSONObject:
    files: JSONObject = {name: str(path.absolute()) for name, path in request.files.items()}
    defaulted: list[JSON] = [*sorted(request.defaulted_options)]
    return {
        "id": request.id,
        "type": request.type.value,
        "input": request.input,
        "options": request.options,
        "seed": request.seed,
        "files": files,
        "defaulted_options": defaulted,
    }


def decode_request(line: str | bytes) -> RenderRequest:
    given = json.loads(line)
    return RenderRequest(
        id=given["id"],
        type=GenerationType(given["type"]),
        input=given["input"],
        options=given["options"],
        seed=given["seed"],
        files={name: Path(path) for name, path in given["files"].items()},
        defaulted_options=frozenset(given["defaulted_options"]),
    )


def encode_result(result: RenderResult) -> JSONObject:
    outputs: list[JSON] = [
        {
            "name": output.name,
            "media_type": output.media_type,
            "role": output.role,
            "title": output.title,
            "lyrics": output.lyrics,
        }
        for output in result.outputs
    ]
    adjustments: list[JSON] = [asdict(adjustment) for adjustment in result.adjustments]
    return {"outputs": outputs, "notes": adjustments}  # stored; the keys may not change


def decode_result(given: JSONObject) -> RenderResult:
    outputs = cast("list[dict[str, str]]", given["outputs"])
    adjustments = cast("list[dict[str, str]]", given["notes"])
    return RenderResult(
        outputs=tuple(RenderedFile(**output) for output in outputs),
        adjustments=tuple(Adjustment(**adjustment) for adjustment in adjustments),
    )


def read_result(directory: Path) -> RenderResult | None:
    """Return the result that a worker stored in a generation's directory, or None if there is none."""
    try:
        return decode_result(json.loads((directory / RESULT_NAME).read_bytes()))
    except FileNotFoundError:
        return None


def encode_error(error: DoitongError) -> JSONObject:
    field = error.extensions.get("field")
    return {"code": error.code.value, "message": error.message, "field": field if isinstance(field, str) else None}


def decode_error(given: JSONObject) -> DoitongError:
    """Rebuild the error; a code that renderers do not use becomes `GenerationFailed`."""
    message = str(given["message"])
    match given["code"]:
        case "INVALID_INPUT":
            return InvalidInput(message, field=str(given.get("field") or "input"))
        case "CONTENT_VIOLATION":
            return ContentViolation(message)
        case "PROVIDER_UNAVAILABLE":
            return ProviderUnavailable(message)
        case _:
            return GenerationFailed(message)
