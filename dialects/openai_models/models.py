"""Model names: ids and aliases of providers, and the names of OpenAI's models."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from typing_extensions import TypedDict

from generations.requests.generation_request import AUTO
from kit.errors import InvalidInput, NotFound
from kit.text import truncate
from providers.backend import GenerationType
from providers.catalogue import Catalogue, Provider

MODEL = "model"
IMAGE_PROVIDER = "gpt-image-2"
IMAGE_MODELS = ("gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5", "chatgpt-image-latest", "dall-e-2", "dall-e-3")
OPENAI_MODELS: Mapping[str, tuple[GenerationType, str | None]] = {
    **dict.fromkeys(IMAGE_MODELS, (GenerationType.IMAGE, IMAGE_PROVIDER)),
    **dict.fromkeys(("tts-1", "tts-1-hd", "gpt-4o-mini-tts"), (GenerationType.AUDIO, None)),
    **dict.fromkeys(("sora-2", "sora-2-pro"), (GenerationType.VIDEO, None)),
}
"""The type and the provider for names of OpenAI's models; no provider where the best available one is chosen."""
SNAPSHOT = re.compile(r"-\d{4}-\d\d-\d\d", re.ASCII)  # at the end of a name


class ModelBody(TypedDict):
    """A model."""

    id: str
    object: str
    created: int
    owned_by: str


def find_model(
    catalogue: Catalogue, name: str | None, *types: GenerationType
) -> tuple[GenerationType, Provider | None]:
    """Return the type and the provider for a model name, no provider where one is chosen automatically.

    Raises `NotFound` for an unknown name, and `InvalidInput` for a model of none of the types.
    """
    key = AUTO if name is None else name.strip().lower()
    if key == AUTO:
        return types[0], None
    provider = catalogue.by_name.get(key)
    if provider is not None:
        type = provider.type
    else:
        base = SNAPSHOT.sub("", key[-100:]) if len(key) <= 100 else key
        if base not in OPENAI_MODELS:
            raise NotFound(f"There is no model {truncate(str(name))}. `GET /v1/models` lists all.", field=MODEL)
        type, provider_id = OPENAI_MODELS[base]
        provider = None if provider_id is None else catalogue.by_name.get(provider_id)
    if type not in types:
        ids = [one.id for wanted in types for one in catalogue.of_type(wanted)]
        message = f"The model {truncate(str(name))} makes {type.lower()}, not {types[0].lower()}."
        raise InvalidInput(message, field=f"input.{MODEL}", allowed=ids)
    return type, provider


def find_model_body(catalogue: Catalogue, name: str) -> ModelBody:
    """Return a model by any of its names. Raises `NotFound`."""
    _, provider = find_model(catalogue, name, *GenerationType)
    if provider is None:
        return {"id": name, "object": MODEL, "created": 0, "owned_by": "system"}
    return model_body(provider)


def model_body(provider: Provider) -> ModelBody:
    """Return the model of a provider."""
    since = datetime.combine(provider.rates[0].since, datetime.min.time(), UTC)
    return {"id": provider.id, "object": MODEL, "created": int(since.timestamp()), "owned_by": provider.vendor}
