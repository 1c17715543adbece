"""Recognizes failures in responses: by error code, by text, by HTTP status. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kit.errors import ContentViolation, DoitongError, GenerationFailed, InvalidInput, ProviderUnavailable
from kit.text import truncate_words
from providers.backend import JSONObject
from providers.backends.http_task.json_paths import find_first
from providers.backends.http_task.spec import Errors, FailureKind
from providers.http import BUSY_STATUSES, CREDENTIAL_STATUSES, UNKNOWN_STATUSES, UpstreamResponse, status_error

MAX_CODE = 100  # characters
# Upstreams without an error code for moderation say it in words.
MODERATION = re.compile(
    r"moderat|(?<!case[- ])sensitive|risk[ _]control|nsfw|content[ _](?:policy|polici|security|violation)|"
    r"(?:policy|policies|guidelines?|safety) violation|violat\w+ (?:\w+ ){0,4}(?:polic|guideline|terms)|"
    r"safety (?:check|filter|system|polic|guideline)|prohibited content|inappropriate|unsafe content|"
    r"敏感|违规|違規|审核|審核|风控|風控|モデレーション|不適切|модерац|moderaci[oó]n",
    re.IGNORECASE,
)
# Codes that say less than an HTTP status of 5xx, 429, 401, 402 or 403.
OVERRIDDEN_BY_STATUS = (FailureKind.INVALID_INPUT, FailureKind.FAILED, FailureKind.NOT_FOUND)


@dataclass(frozen=True, slots=True)
class Failure:
    """A response that is not a success. `status` is the HTTP status, or the one in the body that counts instead."""

    status: int
    kind: FailureKind | None = None
    code: str = ""
    text: str = ""


def failure_of(errors: Errors, response: UpstreamResponse, document: JSONObject) -> Failure | None:
    """Return the failure that a response reports, or None for a success."""
    status = response.status
    if errors.ok_when is not None:
        value = find_first(document, errors.ok_when.path)
        is_success = value is None or str(value) in errors.ok_when.values
        if errors.ok_when.is_status and not is_success and re.fullmatch(r"[1-5]\d\d", str(value)):
            status = int(str(value))
        if response.ok and is_success:
            return None
    elif response.ok:
        return None
    code, text = _text(find_first(document, errors.code)), _text(find_first(document, errors.text))
    kind = kind_of(errors, code, text, status=status)
    if status in BUSY_STATUSES and kind in (FailureKind.UNAVAILABLE, *OVERRIDDEN_BY_STATUS):
        kind = FailureKind.BUSY
    elif kind in OVERRIDDEN_BY_STATUS and (response.status >= 500 or response.status in CREDENTIAL_STATUSES):
        kind = None
    return Failure(status, kind, code[:MAX_CODE], text)


def kind_of(errors: Errors, code: str, text: str, *, status: int = 200) -> FailureKind | None:
    """Return what a code and an explanation mean, or None if that is unknown."""
    for kind, patterns in errors.codes.items():
        if any(pattern.fullmatch(code) for pattern in patterns):
            return kind
    for kind, patterns in errors.texts.items():
        if any(pattern.search(text) for pattern in patterns):
            return kind
    if status in BUSY_STATUSES:
        return FailureKind.BUSY
    if status < 500 and status not in {401, 402} and MODERATION.search(text):
        return FailureKind.CONTENT_VIOLATION
    return None


def error_of(title: str, kind: FailureKind, text: str = "", *, field: str = "input") -> DoitongError:
    """Return the error that clients see. `text` is the upstream's explanation of an invalid input."""
    if kind is FailureKind.INVALID_INPUT:
        words = f": {truncate_words(text)}" if text else "."
        return InvalidInput(f"{title} rejected the request{words}", field=field)
    return ERRORS[kind](title)


def submission_error(title: str, failure: Failure) -> DoitongError | None:
    """Return the error of a submission that was refused, or None if its HTTP status decides."""
    if failure.kind is not None:
        return error_of(title, failure.kind, failure.text)
    if 200 <= failure.status < 300:
        return ProviderUnavailable(f"{title} refused the job.")
    return None


def is_lost(errors: Errors, failure: Failure) -> bool:
    """Whether a failed submission may have been taken."""
    if failure.kind is FailureKind.UNKNOWN_OUTCOME:
        return True
    is_server_error = failure.status >= 500 or failure.status == 408
    return (
        failure.kind in (None, FailureKind.UNAVAILABLE, FailureKind.FAILED)
        and is_server_error
        and failure.status not in errors.not_accepted_on
    )


def final_poll_error(title: str, failure: Failure) -> DoitongError | None:
    """Return the error of a job whose poll failed for good, or None if polling may succeed later."""
    match failure.kind:
        case FailureKind.CONTENT_VIOLATION | FailureKind.FAILED | FailureKind.NOT_FOUND:
            return error_of(title, failure.kind)
        case FailureKind.INVALID_INPUT:  # the ID is the only input of a poll
            return error_of(title, FailureKind.NOT_FOUND)
        case None if failure.status in UNKNOWN_STATUSES:
            return error_of(title, FailureKind.NOT_FOUND)
        case None if 400 <= failure.status < 500 and failure.status not in {408, *CREDENTIAL_STATUSES}:
            return error_of(title, FailureKind.FAILED)
    return None


def transient_poll_error(title: str, failure: Failure) -> DoitongError:
    """Return the error of a poll that may succeed later."""
    if failure.kind is not None:
        return error_of(title, failure.kind, failure.text)
    return status_error(title, failure.status if failure.status >= 400 else 500)


def _text(value: object) -> str:
    return "" if value is None else str(value)


ERRORS: Mapping[FailureKind, Callable[[str], DoitongError]] = {
    FailureKind.CONTENT_VIOLATION: lambda title: ContentViolation(f"The moderation of {title} rejected it."),
    FailureKind.BUSY: lambda title: ProviderUnavailable(f"{title} is busy."),
    FailureKind.BILLING: lambda title: status_error(title, 402),
    FailureKind.CREDENTIALS: lambda title: status_error(title, 401),
    FailureKind.UNAVAILABLE: lambda title: ProviderUnavailable(f"{title} has a fault."),
    FailureKind.UNKNOWN_OUTCOME: lambda title: ProviderUnavailable(f"{title} has a fault."),
    FailureKind.NOT_FOUND: lambda title: GenerationFailed(f"{title} no longer knows the job."),
    FailureKind.FAILED: lambda title: GenerationFailed(f"{title} could not complete the job."),
}
