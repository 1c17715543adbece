"""The response bodies of the REST API: `data` with one field named after the operation, or `errors`."""

from generations.generation import Generation
from generations.output_urls import SignedUrl, output_urls
from kit.errors import DoitongError
from kit.timestamps import format_timestamp
from providers.backend import JSONObject
from web.errors import RequestError


def envelope(operation: str, generation: Generation, signed_url: SignedUrl) -> JSONObject:
    """Return `{"data": {operation: generation}}`; `operation` is in lower case, as published."""
    return {"data": {operation: generation_fields(generation, signed_url)}}


def generation_fields(generation: Generation, signed_url: SignedUrl) -> JSONObject:
    """Return a generation as published, and what GraphQL returns beside that."""
    outputs = output_urls(generation, signed_url)
    return {
        "id": generation.id,
        "status": generation.status.lower(),
        "url": outputs[0].url if outputs else None,
        "webhookUrl": generation.webhook_url,
        "createdAt": format_timestamp(generation.created_at),
        "duration": outputs[0].output.duration if outputs else None,
    }


def error_body(error: DoitongError | RequestError) -> tuple[int, object]:
    """Return the HTTP status and the body of an error, which has the shape of a GraphQL error."""
    retryable, extensions = (error.retryable, error.extensions) if isinstance(error, DoitongError) else (False, {})
    entry = {
        "message": error.message,
        "extensions": {"code": error.code.value, "retryable": retryable, **extensions},
    }
    return error.status, {"errors": [entry]}
