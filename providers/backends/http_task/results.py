"""Extraction of the state, outputs and cost of a job from a response. Pure."""

import base64
import binascii
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kit.errors import DoitongError, GenerationFailed
from providers.backend import JSON, Adjustment, BackendState, GenerationType, JSONObject, Output
from providers.backends.base import DEFAULT_MEDIA_TYPES
from providers.backends.http_task.failures import MAX_CODE, error_of, kind_of
from providers.backends.http_task.json_paths import find_all, find_first
from providers.backends.http_task.spec import Cost, Encoding, Errors, FailureKind, OutputPath, Poll

MAX_OUTPUTS = 16
MAX_TEXT = 20_000  # characters of lyrics
COVER = "image/jpeg"
# The kinds that a failed job keeps. Any other, such as a busy upstream, is a failure of the job like all others.
JOB_FAILURE_KINDS = (FailureKind.CONTENT_VIOLATION, FailureKind.INVALID_INPUT, FailureKind.BILLING)


@dataclass(frozen=True, slots=True)
class Results:
    """The outputs of a response: files with a URL, and files in the response as media type and content."""

    outputs: tuple[Output, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.outputs and not self.files


def state_of(poll: Poll, document: JSONObject) -> BackendState:
    """Return the state that a response names; an unknown word means that the job is running."""
    word = str(find_first(document, poll.state)).lower()
    for state, words in poll.states.items():
        if word in (name.lower() for name in words):
            return state
    return BackendState.RUNNING


def progress_of(poll: Poll, document: JSONObject) -> int | None:
    """Return the progress as a percentage."""
    value = find_first(document, poll.progress) if poll.progress else None
    try:
        percentage = float(str(value).removesuffix("%")) * poll.progress_scale
    except ValueError:
        return None
    return round(min(max(percentage, 0), 100)) if math.isfinite(percentage) else None


def job_failure(
    title: str, errors: Errors, poll: Poll | None, document: JSONObject, *, redact: Callable[[str], str]
) -> tuple[DoitongError, str]:
    """Return the error of a job that has failed or has no outputs, and its code for operators."""
    codes, texts = (poll.failure_code, poll.failure_text) if poll is not None else (errors.code, errors.text)
    code, text = (str(find_first(document, paths) or "") for paths in (codes, texts))
    if not code and poll is not None:
        code = str(find_first(document, poll.state) or "")
    kind = kind_of(errors, code, text)
    return error_of(title, kind if kind in JOB_FAILURE_KINDS else FailureKind.FAILED, redact(text)), code[:MAX_CODE]


def empty_error(title: str) -> DoitongError:
    return GenerationFailed(f"{title} reported success without an output.")


def partial_output_adjustments(title: str, poll: Poll | None, document: JSONObject) -> tuple[Adjustment, ...]:
    """Return an adjustment if the upstream reports errors of single outputs beside the good ones."""
    failed = sum(len(find_all(document, path)) for path in (poll.failure_code if poll else ()) if "[]" in path)
    return (Adjustment(f"{title} could not make {failed} of the outputs"),) if failed else ()


def cost_of(cost: Cost | None, document: JSONObject) -> JSONObject | None:
    """Return the amount that the upstream charged and its unit."""
    amount = find_first(document, cost.path) if cost is not None else None
    if cost is None or amount is None or isinstance(amount, bool):
        return None
    return {"amount": amount if isinstance(amount, int | float) else amount[:MAX_CODE], "unit": cost.unit}


def results_of(paths: Sequence[OutputPath], type: GenerationType, document: JSONObject) -> Results:
    """Return the outputs in a response. Raises `GenerationFailed` for content that cannot be decoded."""
    media_type = DEFAULT_MEDIA_TYPES[type]
    outputs: list[Output] = []
    files: list[tuple[str, bytes]] = []
    for output in paths:
        found = find_all(document, output.path)[:MAX_OUTPUTS]
        if output.url is not None:
            outputs += [each for item in found for each in _outputs(output, item, media_type)]
        elif output.encoding is Encoding.URL:
            outputs += [Output(media_type, url=value) for value in found if isinstance(value, str) and _is_url(value)]
        else:
            files += [(media_type, _decoded(output.encoding, value)) for value in found if isinstance(value, str)]
    return Results(tuple(outputs[: 2 * MAX_OUTPUTS]), tuple(files[:MAX_OUTPUTS]))


def _outputs(paths: OutputPath, item: JSON, media_type: str) -> Iterable[Output]:
    """Yield the output that an object describes, and its cover."""
    url = find_first(item, paths.url or "")
    if not _is_url(url):
        return
    title, lyrics = (find_first(item, path) if path else None for path in (paths.title, paths.lyrics))
    yield Output(
        media_type,
        url=str(url),
        title=None if title is None else str(title)[:200],
        lyrics=None if lyrics is None else str(lyrics)[:MAX_TEXT],
    )
    cover = find_first(item, paths.cover) if paths.cover else None
    if _is_url(cover):
        yield Output(COVER, url=str(cover), role="cover")


def _is_url(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("https://", "http://"))


def _decoded(encoding: Encoding, value: str) -> bytes:
    try:
        if encoding is Encoding.HEX:
            return bytes.fromhex(value)
        return base64.b64decode(value.partition(";base64,")[2] or value, validate=True)
    except (ValueError, binascii.Error):
        raise GenerationFailed("The upstream's output could not be decoded.") from None
