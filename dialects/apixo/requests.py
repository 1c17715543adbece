"""The body of `POST /api/v1/generateTask/{model}`, and its conversion to a request."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ConfigDict

from dialects.apixo_inputs.base import OPTIONS, TaskInput, VideoInput
from dialects.apixo_inputs.seedream import SeedreamInput
from dialects.apixo_inputs.suno import SunoInput
from generations.generation import Routing
from generations.requests.generation_request import GenerationRequest
from kit.names import snake_case
from providers.backend import GenerationType, JSONObject
from providers.catalogue import Provider
from web.request_model import RequestModel
from webhooks.event import MessageFormat

ALIASES: Mapping[str, str] = {"veo-3-1": "veo3", "seedance-2-0": "seedance-2", "vidu-q3": "vidu"}
"""The names of models that are not a name of the provider as well."""
SEEDREAM, SUNO = "seedream-4-5", "suno"
CONTENT: Mapping[str, str] = {"text": "prompt", "image": "image_urls", "images": "image_urls", "lyrics": "prompt"}


class TaskRequest(RequestModel):
    """A task to create, with the parameters of its model in `input`."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    request_type: Literal["async", "callback"] = "async"
    callback_url: str | None = None
    provider: Literal["auto", "value", "official"] | None = None
    input: dict[str, Any] | None = None


def input_model(provider: Provider) -> type[TaskInput]:
    """Return the model of the inputs of a provider."""
    own: Mapping[str, type[TaskInput]] = {SEEDREAM: SeedreamInput, SUNO: SunoInput}
    return own.get(provider.id, VideoInput if provider.type is GenerationType.VIDEO else TaskInput)


def to_request(
    provider: Provider, given: TaskInput, *, callback_url: str | None, routing: Routing
) -> GenerationRequest:
    """Return the request of an input. Raises `InvalidInput`."""
    return GenerationRequest(
        type=provider.type,
        provider=provider.id,
        input=_without_nulls(given.content(provider)),
        options=_without_nulls(given.options(provider)),
        webhook_url=callback_url,
        webhook_format=None if callback_url is None else MessageFormat.APIXO,
        routing=routing,
    )


def _without_nulls(values: JSONObject) -> JSONObject:
    return {name: value for name, value in values.items() if value is not None}


def published_field(path: str) -> str:
    """Return the field of a task for the path of a field of `generate`."""
    parent, _, name = path.rpartition(".")
    if path == "input.webhookUrl":
        return "callback_url"
    if path == "input.idempotencyKey":
        return "Idempotency-Key"
    if path.startswith("input.input."):
        kind, *index = path.removeprefix("input.input.").split(".")
        return ".".join(["input", CONTENT.get(kind, kind), *(index or (["0"] if kind == "image" else []))])
    if parent == "input.options":
        return f"input.{next((ours for ours, option in OPTIONS.items() if option == name), snake_case(name))}"
    return path
