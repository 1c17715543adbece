"""Flat request forms: one object of fields by their names on the wire, as the published API and its dialects use."""

from collections.abc import Collection, Mapping
from typing import Any

from generations.requests.generation_request import GenerationRequest
from providers.backend import GenerationType

CONTENT_FIELDS = {"prompt": "text", "text": "text", "imageUrl": "image", "title": "title", "lyrics": "lyrics"}
"""The fields that are content, and their names in the content of a request."""
REQUEST_FIELDS = frozenset({"webhookUrl", "idempotencyKey", "maxCredits"})
PROVIDER_FIELD = "service"


def request_from_flat(
    type: GenerationType, values: Mapping[str, Any], *, provider_field: str = PROVIDER_FIELD
) -> GenerationRequest:
    """Convert flat values to a request; null counts as omitted.

    Fields that are neither content, nor request fields, nor the provider are options.
    """
    given = {name: value for name, value in values.items() if value is not None}
    reserved = CONTENT_FIELDS.keys() | REQUEST_FIELDS | {provider_field}
    return GenerationRequest(
        type=type,
        provider=given.get(provider_field),
        input={CONTENT_FIELDS[name]: value for name, value in given.items() if name in CONTENT_FIELDS},
        options={name: value for name, value in given.items() if name not in reserved},
        webhook_url=given.get("webhookUrl"),
        idempotency_key=given.get("idempotencyKey"),
        max_credits=given.get("maxCredits"),
    )


def flat_field_name(path: str, names: Collection[str], *, provider_field: str = PROVIDER_FIELD) -> str:
    """Return the field, among the `names` of a flat form, of a field path of `generate`.

    `input.input.text` is `prompt` in a form that has it, `input.options.seed` is `seed`.
    """
    *parents, name = path.split(".")
    if path == "input.provider":
        return provider_field
    if parents == ["input", "input"]:
        return next((flat for flat, content in CONTENT_FIELDS.items() if content == name and flat in names), name)
    return name
