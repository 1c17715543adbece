"""The providers of the catalogue, from the same data that validates requests."""

from datetime import date
from typing import Self

import strawberry
from strawberry.scalars import JSON

from providers import catalogue
from providers.catalogue import Rate, estimate_seconds, price, typical_request
from providers.health import Health
from schema.enums import GenerationType, OptionType

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
        description="The state of the best of the provider's upstreams. `CLOSED`: generations are submitted; `OPEN`: "
        "not now, because it keeps failing; "
        "`HALF_OPEN`: one is submitted as a trial."
    )


@strawberry.type(description="A provider of the catalogue, which generates one type of media.")
class Provider:
    id: strawberry.ID = strawberry.field(description="The id, for `provider` in a request.")
    name: str = strawberry.field(description="The display name.")
    vendor: str = strawberry.field(description="The company that offers the provider.")
    type: GenerationType = strawberry.field(description="The type of media that it generates.")
    description: str = strawberry.field(description="A short description of its strengths.")
    modes: list[str] = strawberry.field(
        description="The supported conversions, such as `text-to-video` and `image-to-video`."
    )
    models: list[ProviderModel] = strawberry.field(description="The models; empty if there is no choice of models.")
    features: list[str] = strawberry.field(description="The features, as short phrases.")
    limitations: list[str] = strawberry.field(description="The limitations, as short phrases.")
    pricing: Pricing = strawberry.field(description="The price and duration of a typical request.")
    options: list[ProviderOption] = strawberry.field(description="The supported options with their validation rules.")
    available: bool = strawberry.field(description="Whether the provider can be used with the key of the request.")
    unavailable_reason: str | None = strawberry.field(
        description="Why the provider cannot be used; null if it is available."
    )
    unavailable_modes: list[str] = strawberry.field(
        description="Those of `modes` that cannot be used now: no upstream that serves them is configured, or it keeps "
        "failing. Empty if all can be used."
    )
    health: ProviderHealth = strawberry.field(description="The recent performance.")

    @classmethod
    def from_model(
        cls,
        provider: catalogue.Provider,
        *,
        unavailable_reason: str | None,
        unavailable_modes: list[str],
        health: Health,
        today: date,
    ) -> Self:
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
            unavailable_modes=unavailable_modes,
            health=ProviderHealth(
                success_rate=health.success_rate, latency=health.median_seconds, breaker=health.breaker.value
            ),
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
