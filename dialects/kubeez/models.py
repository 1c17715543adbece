"""The list of models: the providers of the catalogue as Kubeez lists models, and as OpenAI does."""

from typing import NotRequired

from typing_extensions import TypedDict

from accounts.principal import Scope, require_scope
from dialects.kubeez.requests import SUNO, generation_types
from dialects.kubeez.responses import error_fields
from dialects.openai.errors import ErrorFields, error_body
from dialects.openai_models.models import ModelBody, model_body
from generations.routing.availability import unavailable_reason
from kit.errors import DoitongError
from providers.backend import GenerationType
from providers.catalogue import estimate_seconds, typical_price, typical_request
from providers.catalogue.model import Option, Provider
from web.errors import RequestError
from web.json_api import Call

MODEL_TYPES = {
    GenerationType.IMAGE: "image",
    GenerationType.VIDEO: "video",
    GenerationType.AUDIO: "speech",
    GenerationType.AVATAR: "other",
    GenerationType.MUSIC: "music",
}
MAX_LISTED = 60  # values of a range that are listed


class Capabilities(TypedDict):
    """What the fields of a request may be; fields that a model does not have are absent."""

    generation_types: list[str]
    input_media_types: list[str]
    supports_aspect_ratio: bool
    supports_sound: bool
    prompt_max_chars: NotRequired[int]
    aspect_ratio_options: NotRequired[list[str]]
    duration_options: NotRequired[list[str]]
    resolution: NotRequired[list[str]]
    quality: NotRequired[list[str]]
    video_audio: NotRequired[str]
    max_input_images: NotRequired[int]
    max_input_videos: NotRequired[int]
    max_input_audios: NotRequired[int]


class ModelRow(TypedDict):
    """A model. `cost_per_generation` is for its default options; `available` is false where it cannot be used now."""

    model_id: str
    display_name: str
    provider: str
    model_type: str
    cost_per_generation: int
    estimated_time_seconds: int
    generation_types: list[str]
    requires_input_media: bool
    input_media_types: list[str]
    capabilities: Capabilities
    usage_notes: str
    available: bool


class Models(TypedDict):
    """All models, or those of one type."""

    models: list[ModelRow]
    total_count: int


class AllModels(Models):
    """The models, in both shapes."""

    object: str
    data: list[ModelBody]


class AllModelsError(TypedDict):
    """An error in both shapes: clients of Kubeez read `message`, those of OpenAI `error`."""

    message: str
    detail: str
    code: str
    retryable: bool
    field: NotRequired[str]
    allowedValues: NotRequired[list[str]]
    suggestion: NotRequired[str]
    error: ErrorFields


def list_models(call: Call, model_type: str | None) -> Models:
    """Return the models, of one type if given. Raises `Forbidden`."""
    rows = [_row(call, provider) for provider in _providers(call, model_type)]
    return {"models": rows, "total_count": len(rows)}


def all_models(call: Call, model_type: str | None) -> AllModels:
    """Return the models in the shapes of Kubeez and of OpenAI. Raises `Forbidden`."""
    providers = _providers(call, model_type)
    return {
        "object": "list",
        "data": [model_body(provider) for provider in providers],
        **list_models(call, model_type),
    }


def all_models_error_body(error: DoitongError | RequestError) -> tuple[int, object]:
    """Return the HTTP status and the body of an error in the shapes of Kubeez and of OpenAI."""
    status, body = error_body(error)
    return status, {**error_fields(error), **body}


def _providers(call: Call, model_type: str | None) -> list[Provider]:
    require_scope(call.principal, Scope.READ)
    providers = call.services.catalogue.providers
    return [provider for provider in providers if model_type in (None, MODEL_TYPES[provider.type])]


def _row(call: Call, provider: Provider) -> ModelRow:
    services, now = call.services, call.services.clock.now()
    reason = unavailable_reason(services.route_availability, provider, test_mode=call.principal.test_mode, now=now)
    types, media = _types(provider), _media(provider)
    return {
        "model_id": provider.id,
        "display_name": provider.name,
        "provider": provider.vendor,
        "model_type": MODEL_TYPES[provider.type],
        "cost_per_generation": typical_price(provider, now.date()),
        "estimated_time_seconds": estimate_seconds(provider, typical_request(provider)),
        "generation_types": types,
        "requires_input_media": not any(name.startswith("text-") for name in types),
        "input_media_types": media,
        "capabilities": _capabilities(provider, types, media),
        "usage_notes": _notes(provider, reason),
        "available": reason is None,
    }


def _types(provider: Provider) -> list[str]:
    match provider.type:
        case GenerationType.AUDIO:
            return ["text-to-dialogue"]
        case GenerationType.MUSIC:
            return ["text-to-music"]
    return generation_types(provider)


def _media(provider: Provider) -> list[str]:
    given = {"image": "image", "images": "image", "video": "video", "audio": "audio"}
    return list(dict.fromkeys(given[name] for name in provider.content if name in given))


def _capabilities(provider: Provider, types: list[str], media: list[str]) -> Capabilities:
    options = provider.options
    capabilities: Capabilities = {
        "generation_types": types,
        "input_media_types": media,
        "supports_aspect_ratio": "aspectRatio" in options,
        "supports_sound": "silent" in options,
    }
    text = provider.content.get("text")
    if text is not None and text.maximum is not None:
        capabilities["prompt_max_chars"] = text.maximum
    if ratios := _values(options.get("aspectRatio")):
        capabilities["aspect_ratio_options"] = ratios
    if durations := _values(options.get("duration")):
        capabilities["duration_options"] = [f"{duration}s" for duration in durations]
    if resolutions := _values(options.get("resolution")):
        capabilities["resolution"] = resolutions
    if qualities := _values(options.get("quality")) or _values(options.get("mode")):
        capabilities["quality"] = qualities
    if "silent" in options:
        capabilities["video_audio"] = "toggle_via_sound_param"
    if "image" in media:
        images = provider.content.get("images")
        capabilities["max_input_images"] = 1 if images is None or images.maximum is None else images.maximum
    if "video" in media:
        capabilities["max_input_videos"] = 1
    if "audio" in media:
        capabilities["max_input_audios"] = 1
    return capabilities


def _values(option: Option | None) -> list[str]:
    """Return the allowed values of an option; the whole numbers of a short range."""
    if option is None:
        return []
    if option.allowed is not None:
        return [f"{value:g}" if isinstance(value, float) else str(value) for value in option.allowed]
    low, high = option.minimum, option.maximum
    if low is None or high is None or high - low > MAX_LISTED:
        return []
    return [str(value) for value in range(round(low), round(high) + 1)]


def _notes(provider: Provider, reason: str | None) -> str:
    uses = {GenerationType.AUDIO: "Use generate_dialogue.", GenerationType.MUSIC: "Use generate_music."}
    limits = "; ".join(provider.limitations)
    parts = [reason, provider.description, f"{limits}." if limits else None, uses.get(provider.type)]
    if provider.id == SUNO:
        parts.append("Without a model, one is chosen.")
    return " ".join(part for part in parts if part)
