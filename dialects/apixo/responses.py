"""The response bodies: `code`, `message` and `data`."""

from collections.abc import Mapping

from credits.ledger import Balance
from dialects.apixo.requests import published_field
from generations.apixo_task_status import envelope, task_status
from generations.generation import Generation, Status
from generations.output_urls import SignUrl
from generations.webhook_events import output_links
from kit.errors import DoitongError, ErrorCode
from providers.backend import JSONObject
from web.errors import RequestError
from webhooks.apixo_results import with_results

MESSAGES: Mapping[str, str] = {
    ErrorCode.INSUFFICIENT_CREDITS: "Insufficient credits",
    ErrorCode.UNAUTHENTICATED: "Invalid or missing API key",
    ErrorCode.INVALID_INPUT: "Invalid request",
    ErrorCode.INVALID_MEDIA_URL: "Invalid request",
}
"""The messages that are published; all others are ours."""
CODES = frozenset({400, 401, 403, 404, 405, 408, 411, 413, 429, 500, 503})
"""The codes that there are, and those of unreadable bodies."""
INVALID = frozenset({ErrorCode.INVALID_INPUT, ErrorCode.INVALID_MEDIA_URL})


def accepted(generation: Generation) -> JSONObject:
    """Return the response that reports an accepted generation."""
    return envelope({"taskId": generation.id})


def task(generation: Generation, sign_url: SignUrl) -> JSONObject:
    """Return the status of a task."""
    data = task_status(generation)
    if generation.status is Status.COMPLETED:
        links = output_links(generation)
        data = with_results(data, [sign_url(link.key, link.filename, link.expires_at) for link in links])
    return envelope(data)


def balance(current: Balance) -> JSONObject:
    """Return the balance: what is available, and what running tasks hold."""
    return envelope({"balance": current.available, "held": current.held})


def error_body(error: DoitongError | RequestError) -> tuple[int, object]:
    """Return the HTTP status, which is the code of the body as well, and the body of an error."""
    if isinstance(error, DoitongError):
        error.rename_fields(published_field)
    status = error.status if error.status in CODES or error.status >= 500 else 400
    body: dict[str, object] = {"code": status, "message": MESSAGES.get(error.code, error.message)}
    if error.code in INVALID:
        body["data"] = {"error": error.message}
    elif error.code is not ErrorCode.UNAUTHENTICATED:
        body["data"] = None
    body["error_code"] = error.code.value
    if isinstance(error, DoitongError):
        body |= {"retryable": error.retryable, "details": dict(error.extensions)}
    return status, body
