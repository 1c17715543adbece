"""The flat request forms published beside `generate`: `service` is the provider, `prompt` or `text` the text."""

from collections.abc import Collection, Mapping
from typing import Any

from generations.requests.plan import GenerationRequest
from providers.backend import GenerationType

CONTENT_FIELDS = {"prompt": "text", "text": "text", "imageUrl": "image", "title": "title", "lyrics": "lyrics"}
REQUEST_FIELDS = frozenset({"webhookUrl", "idempotencyKey", "maxCredits"})
PROVIDER_FIELD = "service"
VIDEO_PROVIDER_FIELD = "model"
"""In `videoCreate` the field `model` names the provider."""


def flat_request(
    values: Mapping[str, Any], type: GenerationType, *, provider_field: str = PROVIDER_FIELD
) -> GenerationRequest:
    """Convert the fields of a flat form, by their published names, to a request.

    Fields that are neither content nor request fields are options.
    """
    other = {*CONTENT_FIELDS, *REQUEST_FIELDS, provider_field}
    return GenerationRequest(
        type=type,
        provider=values.get(provider_field),
        input={CONTENT_FIELDS[name]: value for name, value in values.items() if name in CONTENT_FIELDS},
        options={name: value for name, value in values.items() if name not in other},
        webhook_url=values.get("webhookUrl"),
        idempotency_key=values.get("idempotencyKey"),
        max_credits=values.get("maxCredits"),
    )


def flat_field(field: str | None, form: Collection[str], *, provider_field: str = PROVIDER_FIELD) -> str | None:
    """Return the path in the flat form that corresponds to a field path of `generate`.

    `form` has the published names of all fields of the form.
    """
    if field is None:
        return None
    *path, name = field.split(".")
    if path == ["input", "input"]:
        name = next((flat for flat, content in CONTENT_FIELDS.items() if content == name and flat in form), name)
    elif field == "input.provider":
        name = provider_field
    return f"input.{name}"
