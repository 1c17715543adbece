"""Validates a request and completes it: defaults, near misses moved to allowed values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from kit.errors import InvalidInput
from kit.text import truncate
from providers.backend import JSON, Adjustment, JSONObject
from providers.catalogue.adjustments import adjust_to_allowed, as_type
from providers.catalogue.content_validation import check_content
from providers.catalogue.model import Provider
from providers.catalogue.output_size import complete_size

MAX_EXTRA_BYTES = 10_000  # bytes of JSON
EXTRA = "extra"
MODEL, VERSION = "model", "version"
# Options that are also accepted under `input`, and their option names.
OPTIONS_IN_CONTENT = {"voice": "voice", "avatarId": "avatarId", "negativeText": "negativePrompt"}


@dataclass(frozen=True, slots=True)
class ValidatedRequest:
    """A complete request: validated content, every option, and the adjustments."""

    content: JSONObject
    options: JSONObject
    model: str | None
    adjustments: tuple[Adjustment, ...]
    requested: frozenset[str] = frozenset()
    """The options that the client gave, as opposed to defaults and completed sizes."""


def validate_request(provider: Provider, content: JSONObject, options: JSONObject) -> ValidatedRequest:
    """Complete a request. Null counts as omitted. Idempotent.

    Raises `InvalidInput` with the field, the allowed values and the most similar spelling.
    """
    request = _Request(provider, _present(content), _present(options))
    request.move_options_out_of_content()
    request.merge_model_and_version()
    check_content(
        provider,
        request.content,
        also_allowed=[name for name, moved in OPTIONS_IN_CONTENT.items() if moved in provider.options],
    )
    values = {name: request.value(name) for name in request.options}
    values, sizes = complete_size(provider, values)
    values |= _defaults(provider, values)
    return ValidatedRequest(
        request.content,
        values,
        _model(provider, values),
        (*request.adjustments, *sizes),
        frozenset(request.options),
    )


@dataclass(slots=True)
class _Request:
    """A request in progress. `paths` are the request fields of options given elsewhere or under another name."""

    provider: Provider
    content: JSONObject
    options: JSONObject
    paths: dict[str, str] = field(default_factory=dict)
    adjustments: list[Adjustment] = field(default_factory=list)

    def move_options_out_of_content(self) -> None:
        """Move voice, avatar and negative text from the content to the options."""
        for name, option in OPTIONS_IN_CONTENT.items():
            if name not in self.content:
                continue
            if option not in self.provider.options:
                message = f"{self.provider.name} takes no {name!r}."
                raise InvalidInput(
                    message,
                    field=f"input.input.{name}",
                    allowed=list(self.provider.content),
                    allowed_in="input.input.",
                )
            self._rename(self.content, name, option, path=f"input.input.{name}")

    def merge_model_and_version(self) -> None:
        """Merge `version` and `model`, which are the same where a provider has both."""
        if VERSION in self.options and {MODEL, VERSION} <= self.provider.options.keys():
            self._rename(self.options, VERSION, MODEL, path=f"input.options.{VERSION}")

    def value(self, name: str) -> JSON:
        """Return the value used for a given option."""
        path = self.paths.get(name, f"input.options.{truncate(name, quoted=False)}")
        given = self.options[name]
        if name == EXTRA:
            return _extra(given, path)
        option = self.provider.options.get(name)
        if option is None:
            message = f"{self.provider.name} has no option {truncate(name)}."
            allowed = [*self.provider.options, EXTRA]
            raise InvalidInput(message, field=path, allowed=allowed, allowed_in="input.options.", given=name)
        used, adjustment = adjust_to_allowed(option, as_type(option, given, field=path), field=path)
        if adjustment is not None:
            self.adjustments.append(adjustment)
        return used

    def _rename(self, place: JSONObject, name: str, option: str, *, path: str) -> None:
        """Rename an option. One given by its own name takes precedence."""
        given = place.pop(name)
        if option not in self.options:
            self.options[option] = given
            self.paths[option] = path
        elif self.options[option] != given:
            used = self.options[option]
            reason = f"options.{option} was given as well and was used"
            self.adjustments.append(Adjustment(reason, path.removeprefix("input."), requested=given, used=used))


def _present(values: JSONObject) -> JSONObject:
    return {name: value for name, value in values.items() if value is not None}


def _defaults(provider: Provider, values: Mapping[str, JSON]) -> JSONObject:
    defaults: JSONObject = {}
    for option in provider.options.values():
        if option.name in values:
            continue
        if option.required:
            message = f"{provider.name} needs the option {option.name!r}."
            raise InvalidInput(message, field=f"input.options.{option.name}", allowed=option.allowed)
        if option.default is not None and option.superseded_by not in values:
            defaults[option.name] = option.default
    return defaults


def _extra(value: JSON, path: str) -> JSON:
    try:
        fits = isinstance(value, dict) and len(orjson.dumps(value)) <= MAX_EXTRA_BYTES
    except orjson.JSONEncodeError:
        fits = False  # too deeply nested, or values that JSON cannot represent
    if not fits:
        message = (
            f"{EXTRA!r} must be an object of at most {MAX_EXTRA_BYTES:,} bytes in JSON, its whole numbers of 64 bits."
        )
        raise InvalidInput(message, field=path)
    return value


def _model(provider: Provider, values: JSONObject) -> str | None:
    ids = [model.id for model in provider.models]
    chosen = next((str(values[name]) for name in (MODEL, VERSION) if values.get(name) in ids), None)
    if chosen is not None:
        return chosen
    default = provider.default_model
    return default.id if default else None
