"""Checks a request against a provider's entry and completes it: defaults in, near misses snapped, the rest refused."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from kit.errors import InvalidInput
from providers.backend import JSON, JSONObject
from providers.catalogue.model import ContentField, Option, OptionType, Provider
from providers.catalogue.shape import complete_size
from providers.catalogue.snapping import Adjustment, snap

LARGEST_EXTRA = 10_000  # characters as text
EXTRA = "extra"
MEDIA = frozenset({"image", "images", "video", "audio"})
# Names that are taken under `input` as well as under `options`, and what they are called as options.
MOVED = {"voice": "voice", "avatarId": "avatarId", "negativeText": "negativePrompt"}
KINDS: Mapping[OptionType, str] = {
    OptionType.STRING: "a text",
    OptionType.INTEGER: "a whole number",
    OptionType.FLOAT: "a number",
    OptionType.BOOLEAN: "true or false",
}


@dataclass(frozen=True, slots=True)
class Resolved:
    """A request in full: content that was checked, every option with its value, and what was not used as given."""

    content: JSONObject
    options: JSONObject
    model: str | None
    adjustments: tuple[Adjustment, ...]


def resolve(provider: Provider, content: JSONObject, options: JSONObject) -> Resolved:
    """Complete a request. Raises `InvalidInput` naming the field, the allowed values and the nearest spelling."""
    content, options = _moved(provider, content, options)
    checked = _content(provider, content)
    adjustments: list[Adjustment] = []
    values: JSONObject = {}
    for name, value in options.items():
        if name == EXTRA:
            values[name] = _extra(value)
            continue
        option = provider.options.get(name)
        if option is None:
            allowed = [*provider.options, EXTRA]
            message = f"{provider.name} has no option {name!r}."
            raise InvalidInput(message, field=f"input.options.{name}", allowed=allowed, given=name)
        values[name], adjustment = snap(option, _typed(option, value))
        if adjustment is not None:
            adjustments.append(adjustment)
    values = complete_size(provider, values)
    for option in provider.options.values():
        if option.name not in values and option.default is not None:
            values[option.name] = option.default
        elif option.name not in values and option.required:
            field = f"input.options.{option.name}"
            raise InvalidInput(
                f"{provider.name} needs the option {option.name!r}.", field=field, allowed=option.allowed
            )
    return Resolved(checked, values, _model(provider, values), tuple(adjustments))


def _moved(provider: Provider, content: JSONObject, options: JSONObject) -> tuple[JSONObject, JSONObject]:
    """Voice, avatar and what must not appear, where they were given as content, as the options they are."""
    content, options = dict(content), dict(options)
    for name, option in MOVED.items():
        value = content.pop(name, None)
        if value is None:
            continue
        if option not in provider.options:
            raise InvalidInput(f"{provider.name} takes no {name!r}.", field=f"input.input.{name}")
        options.setdefault(option, value)
    return content, options


def _content(provider: Provider, content: JSONObject) -> JSONObject:
    for name, value in content.items():
        field = provider.content.get(name)
        if field is None:
            allowed = [*provider.content, *(name for name, option in MOVED.items() if option in provider.options)]
            path = f"input.input.{name}"
            raise InvalidInput(f"{provider.name} does not work from {name!r}.", field=path, allowed=allowed, given=name)
        _check_content(provider, field, value)
    for field in provider.content.values():
        if field.required and field.name not in content and field.unless not in content:
            raise InvalidInput(f"{provider.name} needs {field.name!r}.", field=f"input.input.{field.name}")
    if not content:
        fields = " or ".join(repr(name) for name in provider.content)
        raise InvalidInput(f"{provider.name} needs something to work from: {fields}.", field="input.input")
    return content


def _check_content(provider: Provider, field: ContentField, value: JSON) -> None:
    path = f"input.input.{field.name}"
    if field.name == "images":
        if not isinstance(value, list) or not value:
            raise InvalidInput("'images' must be a list with at least one address.", field=path)
        if field.maximum is not None and len(value) > field.maximum:
            message = f"{provider.name} takes at most {field.maximum} pictures and {len(value)} were given."
            raise InvalidInput(message, field=path)
        for item in value:
            _check_text(item, path)
        return
    text = _check_text(value, path)
    if field.name not in MEDIA and field.maximum is not None and len(text) > field.maximum:
        message = f"{field.name!r} has {len(text):,} characters and {provider.name} takes at most {field.maximum:,}."
        raise InvalidInput(message, field=path)


def _check_text(value: JSON, path: str) -> str:
    name = path.rpartition(".")[2]
    if not isinstance(value, str):
        raise InvalidInput(f"{name!r} must be a text.", field=path)
    if not value.strip():
        raise InvalidInput(f"{name!r} is empty.", field=path)
    return value


def _typed(option: Option, value: JSON) -> str | int | float | bool:
    """The value as the option's type: 10.0 is a whole number, "10" and true are not."""
    match option.type, value:
        case OptionType.STRING, str() if option.maximum_length is None or len(value) <= option.maximum_length:
            return value
        case OptionType.BOOLEAN, bool():
            return value
        case (OptionType.INTEGER | OptionType.FLOAT, bool()):
            pass
        case OptionType.INTEGER, int():
            return value
        case OptionType.INTEGER, float() if value.is_integer():
            return int(value)
        case OptionType.FLOAT, int() | float() if math.isfinite(value):
            return int(value) if float(value).is_integer() else value
    kind = KINDS[option.type]
    if option.type is OptionType.STRING and isinstance(value, str):
        kind = f"a text of at most {option.maximum_length} characters"
    raise InvalidInput(f"{option.name!r} must be {kind}.", field=f"input.options.{option.name}", allowed=option.allowed)


def _extra(value: JSON) -> JSON:
    if not isinstance(value, dict) or len(str(value)) > LARGEST_EXTRA:
        message = f"'extra' must be an object of at most {LARGEST_EXTRA:,} characters."
        raise InvalidInput(message, field="input.options.extra")
    return value


def _model(provider: Provider, values: JSONObject) -> str | None:
    by_id = {model.id: model for model in provider.models}
    chosen = next((by_id[str(values[name])] for name in ("model", "version") if values.get(name) in by_id), None)
    model = chosen or provider.default_model
    return model.id if model else None
