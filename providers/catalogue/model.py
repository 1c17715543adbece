"""The types of the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from kit.errors import InvalidInput, closest_match
from kit.text import truncate
from providers.backend import GenerationType

Value = str | int | float | bool


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


class OptionType(StrEnum):
    """The type of an option value."""

    STRING = "STRING"
    INTEGER = "INTEGER"
    FLOAT = "FLOAT"
    BOOLEAN = "BOOLEAN"


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a provider. A number near an allowed value or range is moved to it if `adjustable`."""

    name: str
    type: OptionType
    description: str
    required: bool = False
    allowed: tuple[Value, ...] | None = None
    default: Value | None = None
    minimum: float | None = None
    maximum: float | None = None
    maximum_length: int | None = None  # characters
    adjustable: bool = True
    superseded_by: str | None = None
    """The name of another option: if a request has that one, the default of this one is not applied."""


@dataclass(frozen=True, slots=True)
class ContentField:
    """A kind of content. `maximum` is characters of text, or images of a list.

    Required content may be omitted where `unless` is given.
    """

    name: str
    required: bool = False
    unless: str | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A model of a provider, selected by the option `model` or `version`."""

    id: str
    name: str
    default: bool = False
    retires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """The price of a provider from a date on.

    `kind` is `flat`, `per_second`, `per_characters` (by `unit`) or `by_pixels`, which interpolates between `points` of
    pixels and credits. `multipliers` are by option name and value.
    """

    since: date
    kind: str
    amount: float = 0.0
    unit: int = 1
    points: tuple[tuple[int, float], ...] = ()
    multipliers: Mapping[str, Mapping[str, float]] | None = None


@dataclass(frozen=True, slots=True)
class TypicalDuration:
    """The typical duration of a generation in seconds, and how it grows with the length of the output or the text."""

    base: float
    per_second: float = 0.0
    per_thousand_characters: float = 0.0


@dataclass(frozen=True, slots=True)
class Range:
    """A range of numbers, including its ends; whole multiples of `multiple` if that is given."""

    minimum: float | None = None
    maximum: float | None = None
    multiple: int | None = None

    def includes(self, value: object) -> bool:
        """Whether the value is a number between the ends. Multiples are not checked."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return (self.minimum is None or value >= self.minimum) and (self.maximum is None or value <= self.maximum)


@dataclass(frozen=True, slots=True)
class Route:
    """A backend and its model, and how a request is translated for it. See `providers.catalogue.routes`."""

    backend: str
    model: str | None = None
    modes: tuple[str, ...] = ()
    """The modes it serves; empty for all of the provider."""
    when: Mapping[str, tuple[Value, ...] | Range] = field(default_factory=_nothing)
    """The option values it serves, by option name; any value of options that are not named."""
    supported: Mapping[str, tuple[Value, ...] | Range] = field(default_factory=_nothing)
    """The option values that the upstream has; for any other one the nearest is used, which is reported."""
    pixels: Range | None = None
    """The number of pixels that the upstream has; other sizes are scaled, which is reported."""
    max_ratio: float | None = None
    """The maximum ratio of the longer side to the shorter one; other shapes are changed, which is reported."""
    fields: Mapping[str, str] = field(default_factory=_nothing)
    """The upstream parameter of each option and content field, as a path such as `image_size.width`.

    An empty path means that the value needs no parameter: the model does it anyway. A parameter of `images` is a list,
    which begins with `image` if both have the same path.
    """
    value_map: Mapping[str, Mapping[str, Value]] = field(default_factory=_nothing)
    """The upstream's value for each option value, by option name: the table `words` of the file."""
    templates: Mapping[str, str] = field(default_factory=_nothing)
    """Upstream parameters made of several options, such as `size = "{width}x{height}"`, if all of them are set."""
    prompt_suffixes: Mapping[str, str] = field(default_factory=_nothing)
    """Text that an option appends to the prompt, such as `style = ", {style} style"`; none for an empty value."""
    constants: Mapping[str, Any] = field(default_factory=_nothing)
    """Upstream parameters that are sent with the same value each time, unless a field or a template sets them."""
    extra: tuple[str, ...] = ()
    """The keys of the option `extra` that are passed on."""
    keeps_input_shape: bool = False
    """Whether the output has the size of an image input: default sizes are not sent with one."""
    needs_links: bool = False
    """Whether the upstream downloads media inputs from this server, which needs a public base URL."""
    default_settings: Mapping[str, str] = field(default_factory=_nothing)
    """The setting that replaces the default of an option, by option name, such as an avatar of the operator's account.

    Without the setting, the route serves only requests that give the option another value.
    """
    substitute: str | None = None
    """The model that runs in place of the one that the provider is named after, with its vendor; None for the same."""
    retires_on: date | None = None
    """When the upstream retires the model; from then on the route is not used."""
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Provider:
    """A provider. There is one object per entry, compared by identity."""

    id: str
    aliases: tuple[str, ...]
    name: str
    vendor: str
    type: GenerationType
    description: str
    modes: tuple[str, ...]
    features: tuple[str, ...]
    limitations: tuple[str, ...]
    quality: float
    """How good its output is, from 0 to 1: a score of the catalogue for the automatic choice by priority."""
    speed: float
    """How fast it is, from 0 to 1, as `quality`."""
    typical_duration: TypicalDuration
    content: Mapping[str, ContentField]
    options: Mapping[str, Option]
    models: tuple[Model, ...]
    rates: tuple[Rate, ...]
    routes: tuple[Route, ...]

    @property
    def default_model(self) -> Model | None:
        return next((model for model in self.models if model.default), self.models[0] if self.models else None)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All providers, sorted by id."""

    providers: tuple[Provider, ...]
    by_name: Mapping[str, Provider]
    """The providers by id and alias, in lower case."""

    def of_type(self, type: GenerationType | None) -> tuple[Provider, ...]:
        return tuple(provider for provider in self.providers if type in (None, provider.type))

    def get(self, name: str, *, type: GenerationType | None = None, field: str = "input.provider") -> Provider:
        """Return the provider with this id or alias. Raises `InvalidInput` if unknown or of another type."""
        provider = self.by_name.get(name.strip().lower())
        if provider is not None and type in (None, provider.type):
            return provider
        ids = [known.id for known in self.of_type(type)]
        if provider is None:
            message = f"There is no provider {truncate(name)}."
            raise InvalidInput(message, field=field, allowed=ids, given=self._closest_id(name))
        message = f"{provider.id!r} makes {provider.type.lower()}, not {str(type).lower()}."
        raise InvalidInput(message, field=field, allowed=ids)

    def _closest_id(self, name: str) -> str:
        """Return the id whose spelling is most similar to `name`."""
        close = closest_match(name, list(self.by_name))
        return name if close is None else self.by_name[str(close)].id
