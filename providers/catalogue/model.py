"""What the catalogue is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kit.errors import InvalidInput, closest_match
from kit.text import truncate
from providers.backend import GenerationType

Value = str | int | float | bool


class OptionType(StrEnum):
    """What kind of value an option takes."""

    STRING = "STRING"
    INTEGER = "INTEGER"
    FLOAT = "FLOAT"
    BOOLEAN = "BOOLEAN"


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a provider. A number with `allowed` values or a range is snapped to it from nearby, if `snaps`."""

    name: str
    type: OptionType
    description: str
    required: bool = False
    allowed: tuple[Value, ...] | None = None
    default: Value | None = None
    minimum: float | None = None
    maximum: float | None = None
    maximum_length: int | None = None  # characters
    snaps: bool = True
    yields_to: str | None = None
    """The option that decides instead of the default, where that one is given."""


@dataclass(frozen=True, slots=True)
class ContentField:
    """One kind of content a provider works from. `maximum` is characters of text, or pictures of a list.

    What is required may be left out where `unless` is given.
    """

    name: str
    required: bool = False
    unless: str | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """One model of a provider; an option `model` or `version` chooses it by id."""

    id: str
    name: str
    default: bool = False
    retires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """What a provider costs from a day on.

    `kind` is `flat`, `per_second`, `per_characters` (of text, by `unit`) or `by_pixels`, which has `points` of pixels
    and credits and goes straight from one to the next. `multipliers` are by option name and value.
    """

    since: date
    kind: str
    amount: float = 0.0
    unit: int = 1
    points: tuple[tuple[int, float], ...] = ()
    multipliers: Mapping[str, Mapping[str, float]] | None = None


@dataclass(frozen=True, slots=True)
class Time:
    """How long it typically takes, in seconds."""

    base: float
    per_second: float = 0.0
    per_thousand_characters: float = 0.0


@dataclass(frozen=True, slots=True)
class Route:
    """One way to have the work done. `options` gives the upstream's names for those that differ."""

    backend: str
    model: str | None = None
    options: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Provider:
    """One entry of the catalogue. There is one object for each, so it is its own key."""

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
    speed: float
    time: Time
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
    """Every provider, in the order of their ids."""

    providers: tuple[Provider, ...]
    by_name: Mapping[str, Provider]
    """By id and alias, in lower case."""

    def of_type(self, type: GenerationType | None) -> tuple[Provider, ...]:
        return tuple(provider for provider in self.providers if type in (None, provider.type))

    def get(self, name: str, *, type: GenerationType | None = None, field: str = "input.provider") -> Provider:
        """The provider with this id or alias. Raises `InvalidInput` when there is none, or it makes something else."""
        provider = self.by_name.get(name.strip().lower())
        if provider is not None and type in (None, provider.type):
            return provider
        ids = [known.id for known in self.of_type(type)]
        if provider is None:
            message = f"There is no provider {truncate(name)}."
            raise InvalidInput(message, field=field, allowed=ids, given=self._meant(name))
        message = f"{provider.id!r} makes {provider.type.lower()}, not {str(type).lower()}."
        raise InvalidInput(message, field=field, allowed=ids)

    def _meant(self, name: str) -> str:
        """The id of the provider whose id or alias is spelled most like `name`."""
        close = closest_match(name, list(self.by_name))
        return name if close is None else self.by_name[str(close)].id
