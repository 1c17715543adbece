"""The providers of the catalogue, from the same data that validates requests."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Final, Self, TypeVar

import strawberry
from strawberry.scalars import JSON

from generations.routing.provider_availability import ProviderAvailability
from providers import catalogue
from providers.catalogue import Rate, estimate_seconds, price, typical_request
from providers.health import Health
from schema.enums import GenerationType, OptionType

T = TypeVar("T")

MAX_ENTRIES: Final = 256  # providers whose parts are kept, as they do not change
UNITS = {
    "flat": "each",
    "per_second": "by the second of output",
    "per_characters": "by the {unit} characters of text",
    "by_pixels": "by the size of the picture",
}


@strawberry.type(description="An option of a provider, with the rules that its values are validated against.")
class ProviderOption:
    name: str = strawberry.field(description="The name of the option, a field of `OptionsInput`.")
    type: OptionType = strawberry.field(description="The data type of the value.")
    required: bool = strawberry.field(description="Whether a value is required.")
    description: str = strawberry.field(description="A description of the option.")
    allowed_values: list[str] | None = strawberry.field(
        description="The allowed values, as strings; null if the values are not restricted to a list."
    )
    default: JSON | None = strawberry.field(description="The value used by default; null if there is none.")
    minimum: float | None = strawberry.field(description="The minimum value; null if there is none.")
    maximum: float | None = strawberry.field(description="The maximum value; null if there is none.")

    @classmethod
    def from_model(cls, option: catalogue.Option) -> Self:
        return cls(
            name=option.name,
            type=option.type,
            required=option.required,
            description=option.description,
            allowed_values=None if option.allowed is None else [str(value) for value in option.allowed],
            default=None if option.default is None else JSON(option.default),
            minimum=option.minimum,
            maximum=option.maximum,
        )


@strawberry.type(description="A model of a provider.")
class ProviderModel:
    id: str = strawberry.field(description="The id of the model, for the option `model` or `version`.")
    name: str = strawberry.field(description="The display name.")
    default: bool = strawberry.field(description="Whether the model is used by default.")
    retires_on: str | None = strawberry.field(
        description="The date on which the model is retired, as YYYY-MM-DD; null if none is known."
    )


@strawberry.type(description="A component of a price: an amount of credits or a factor.")
class PriceTier:
    description: str = strawberry.field(
        description="What the amount applies to, such as `1,048,576 pixels`, or the option value that a factor "
        "applies to."
    )
    credit_cost: float = strawberry.field(
        description="The amount in credits or, if `description` begins with `times`, the factor the price is "
        "multiplied by."
    )


@strawberry.type(
    description="The price and duration of a typical request, with every option at its default. Use `estimate` for "
    "the exact price of a request."
)
class Pricing:
    credit_cost: int = strawberry.field(description="The price of a typical request in credits.")
    estimated_time: int = strawberry.field(description="The processing time of a typical request in seconds.")
    unit: str = strawberry.field(description="What the price is based on, such as `by the second of output`.")
    tiers: list[PriceTier] = strawberry.field(description="The amounts and factors that the price is calculated from.")

    @classmethod
    def from_model(cls, provider: catalogue.Provider, *, today: date) -> Self:
        typical = typical_request(provider)
        rate = next(rate for rate in reversed(provider.rates) if rate.since <= today)
        return cls(
            credit_cost=price(provider, typical, today),
            estimated_time=estimate_seconds(provider, typical),
            unit=UNITS[rate.kind].format(unit=rate.unit),
            tiers=_tiers(rate),
        )


@strawberry.type(
    description="The recent performance of a provider, over the last 50 outcomes of each of its upstreams. "
    "`successRate` and `latency` are null until there are any."
)
class ProviderHealth:
    success_rate: float | None = strawberry.field(
        description="The share of generations that succeeded recently, from 0 to 1."
    )
    latency: float | None = strawberry.field(description="The median processing time of recent generations in seconds.")
    breaker: str = strawberry.field(
        description="The state of the provider's best upstream. `CLOSED`: generations are submitted; `OPEN`: none is "
        "submitted, because the upstream keeps failing; `HALF_OPEN`: one is submitted as a trial."
    )

    @classmethod
    def from_model(cls, health: Health) -> Self:
        return cls(success_rate=health.success_rate, latency=health.median_seconds, breaker=health.breaker.value)


def _of_entry(read: Callable[[catalogue.Provider], T]) -> Callable[["Provider"], T]:
    """Return the resolver of a field of `Provider` that reads it from the entry of the catalogue."""

    def resolve(self: "Provider") -> T:
        return read(self.availability.provider)

    return resolve


def _of_availability(read: Callable[[ProviderAvailability], T]) -> Callable[["Provider"], T]:
    """Return the resolver of a field of `Provider` that depends on the key and the time of the request."""

    def resolve(self: "Provider") -> T:
        return read(self.availability)

    return resolve


@lru_cache(maxsize=MAX_ENTRIES)
def _models(entry: catalogue.Provider) -> list[ProviderModel]:
    return [
        ProviderModel(
            id=model.id,
            name=model.name,
            default=model is entry.default_model,
            retires_on=None if model.retires_on is None else model.retires_on.isoformat(),
        )
        for model in entry.models
    ]


@lru_cache(maxsize=MAX_ENTRIES)
def _options(entry: catalogue.Provider) -> list[ProviderOption]:
    return [ProviderOption.from_model(option) for option in entry.options.values()]


@lru_cache(maxsize=MAX_ENTRIES)
def _pricing(entry: catalogue.Provider, today: date) -> Pricing:
    return Pricing.from_model(entry, today=today)


@strawberry.type(description="A provider of the catalogue, which generates one type of media.")
class Provider:
    availability: strawberry.Private[ProviderAvailability]

    id: strawberry.ID = strawberry.field(
        description="The id, for `provider` in a request.", resolver=_of_entry(lambda entry: strawberry.ID(entry.id))
    )
    name: str = strawberry.field(description="The display name.", resolver=_of_entry(lambda entry: entry.name))
    vendor: str = strawberry.field(
        description="The company that offers the provider.", resolver=_of_entry(lambda entry: entry.vendor)
    )
    type: GenerationType = strawberry.field(
        description="The type of media that it generates.", resolver=_of_entry(lambda entry: entry.type)
    )
    description: str = strawberry.field(
        description="A short description of its strengths.", resolver=_of_entry(lambda entry: entry.description)
    )
    modes: list[str] = strawberry.field(
        description="The supported conversions, such as `text-to-video` and `image-to-video`.",
        resolver=_of_entry(lambda entry: list(entry.modes)),
    )
    models: list[ProviderModel] = strawberry.field(
        description="The models; empty if there is no choice of models.", resolver=_of_entry(_models)
    )
    features: list[str] = strawberry.field(
        description="The features, as short phrases.", resolver=_of_entry(lambda entry: list(entry.features))
    )
    limitations: list[str] = strawberry.field(
        description="The limitations, as short phrases.", resolver=_of_entry(lambda entry: list(entry.limitations))
    )
    pricing: Pricing = strawberry.field(
        description="The price and duration of a typical request.",
        resolver=_of_availability(lambda availability: _pricing(availability.provider, availability.now.date())),
    )
    options: list[ProviderOption] = strawberry.field(
        description="The supported options with their validation rules.", resolver=_of_entry(_options)
    )
    available: bool = strawberry.field(
        description="Whether the provider can be used with the key of the request.",
        resolver=_of_availability(lambda availability: availability.unavailable_reason is None),
    )
    unavailable_reason: str | None = strawberry.field(
        description="Why the provider cannot be used; null if it is available.",
        resolver=_of_availability(lambda availability: availability.unavailable_reason),
    )
    unavailable_modes: list[str] = strawberry.field(
        description="The values of `modes` that cannot be used at present, because no upstream that supports them is "
        "configured, or all of them keep failing. Empty if all modes can be used.",
        resolver=_of_availability(lambda availability: availability.unavailable_modes),
    )
    health: ProviderHealth = strawberry.field(
        description="The recent performance.",
        resolver=_of_availability(lambda availability: ProviderHealth.from_model(availability.health)),
    )


def _tiers(rate: Rate) -> list[PriceTier]:
    """Return the amounts of the price, then its factors by option value."""
    points = [PriceTier(description=f"{pixels:,} pixels", credit_cost=cost) for pixels, cost in rate.points]
    if rate.kind != "by_pixels":
        points = [PriceTier(description=UNITS[rate.kind].format(unit=rate.unit), credit_cost=rate.amount)]
    factors = [
        PriceTier(description=f"times, with {name} {value}", credit_cost=factor)
        for name, values in (rate.multipliers or {}).items()
        for value, factor in values.items()
    ]
    return points + factors
