"""The catalogue as clients see it: the same data that requests are checked against."""

from datetime import date
from typing import Self

import strawberry
from strawberry.scalars import JSON

from providers import catalogue
from providers.catalogue import Rate, estimate_seconds, price, typical_request
from schema.enums import GenerationType, OptionType

UNITS = {
    "flat": "each",
    "per_second": "by the second of output",
    "per_characters": "by the {unit} characters of text",
    "by_pixels": "by the size of the picture",
}


@strawberry.type(description="One option, as it is checked.")
class ProviderOption:
    name: str = strawberry.field(description="The name.")
    type: OptionType = strawberry.field(description="What kind of value it takes.")
    required: bool = strawberry.field(description="Whether it must be given.")
    description: str = strawberry.field(description="What it does.")
    allowed_values: list[str] | None = strawberry.field(description="The values it may have; null when any in range.")
    default: JSON | None = strawberry.field(description="The value it has when it is left out.")
    minimum: float | None = strawberry.field(description="The least it may be.")
    maximum: float | None = strawberry.field(description="The most it may be.")

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


@strawberry.type(description="One model of a provider.")
class ProviderModel:
    id: str = strawberry.field(description="The id, for the option `model` or `version`.")
    name: str = strawberry.field(description="The name.")
    default: bool = strawberry.field(description="Whether it is used when none is named.")
    retires_on: str | None = strawberry.field(description="The day it goes away, as YYYY-MM-DD.")


@strawberry.type(description="One step of a price.")
class PriceTier:
    description: str = strawberry.field(description="What it is for.")
    credit_cost: float = strawberry.field(description="Credits, or the factor they are multiplied by.")


@strawberry.type(description="What it costs and how long it takes, with every option at its default.")
class Pricing:
    credit_cost: int = strawberry.field(description="Credits for a typical request.")
    estimated_time: int = strawberry.field(description="Seconds for a typical request.")
    unit: str = strawberry.field(description="What the price goes by.")
    tiers: list[PriceTier] = strawberry.field(description="The steps and factors of the price.")

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


@strawberry.type(description="How a provider has been doing.")
class ProviderHealth:
    success_rate: float | None = strawberry.field(description="The share of work that succeeded lately, 0 to 1.")
    latency: float | None = strawberry.field(description="Seconds that work took lately.")


@strawberry.type(description="Something that makes media.")
class Provider:
    id: strawberry.ID = strawberry.field(description="The id.")
    name: str = strawberry.field(description="The name.")
    vendor: str = strawberry.field(description="Who is behind it.")
    type: GenerationType = strawberry.field(description="What it makes.")
    description: str = strawberry.field(description="What it is good at.")
    modes: list[str] = strawberry.field(description="What it makes from what, such as `image-to-video`.")
    models: list[ProviderModel] = strawberry.field(description="Its models.")
    features: list[str] = strawberry.field(description="What it can do.")
    limitations: list[str] = strawberry.field(description="What it cannot do.")
    pricing: Pricing = strawberry.field(description="What it costs.")
    options: list[ProviderOption] = strawberry.field(description="Every option, as it is checked.")
    available: bool = strawberry.field(description="Whether it can be used with this key now.")
    unavailable_reason: str | None = strawberry.field(description="Why it cannot be used.")
    health: ProviderHealth = strawberry.field(description="How it has been doing.")

    @classmethod
    def from_model(cls, provider: catalogue.Provider, *, unavailable_reason: str | None, today: date) -> Self:
        return cls(
            id=strawberry.ID(provider.id),
            name=provider.name,
            vendor=provider.vendor,
            type=provider.type,
            description=provider.description,
            modes=list(provider.modes),
            models=[
                ProviderModel(
                    id=model.id,
                    name=model.name,
                    default=model is provider.default_model,
                    retires_on=None if model.retires_on is None else model.retires_on.isoformat(),
                )
                for model in provider.models
            ],
            features=list(provider.features),
            limitations=list(provider.limitations),
            pricing=Pricing.from_model(provider, today=today),
            options=[ProviderOption.from_model(option) for option in provider.options.values()],
            available=unavailable_reason is None,
            unavailable_reason=unavailable_reason,
            health=ProviderHealth(success_rate=None, latency=None),
        )


def _tiers(rate: Rate) -> list[PriceTier]:
    """The points of a price by size, then its factors by option."""
    points = [PriceTier(description=f"{pixels:,} pixels", credit_cost=cost) for pixels, cost in rate.points]
    if rate.kind != "by_pixels":
        points = [PriceTier(description=UNITS[rate.kind].format(unit=rate.unit), credit_cost=rate.amount)]
    factors = [
        PriceTier(description=f"times, with {name} {value}", credit_cost=factor)
        for name, values in (rate.multipliers or {}).items()
        for value, factor in values.items()
    ]
    return points + factors
