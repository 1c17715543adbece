"""Prices and typical durations: pure functions of catalogue data and a date."""

import math
from datetime import date
from functools import lru_cache
from itertools import pairwise

from providers.backend import JSONObject
from providers.catalogue.model import Provider, Rate
from providers.catalogue.output_size import output_size
from providers.catalogue.request_validation import ValidatedRequest, validate_request
from providers.catalogue.routes import first_route, with_used_options

SAMPLE: JSONObject = {"text": "A sentence of some fifty characters to compare with."}
SAMPLE_URL = "https://example.com/input"


class PriceUnknown(ValueError):
    """The catalogue has no price for this request."""


def price(provider: Provider, validated: ValidatedRequest, at: date) -> int:
    """Return the price in whole credits, at least 1. Raises `PriceUnknown`."""
    rate = next((rate for rate in reversed(provider.rates) if rate.since <= at), None)
    if rate is None:
        raise PriceUnknown(f"{provider.id} has no price on {at}")
    amount = _amount(provider, rate, validated)
    for name, factors in (rate.multipliers or {}).items():
        amount *= factors.get(str(validated.options.get(name)), 1.0)
    return max(1, math.ceil(round(amount * _count(validated.options), 6)))


@lru_cache(maxsize=256)
def typical_price(provider: Provider, at: date) -> int:
    """Return the price with default options."""
    return price(provider, typical_request(provider), at)


def typical_request(provider: Provider) -> ValidatedRequest:
    """Return the smallest valid request, with the option values that its preferred route uses."""
    content: JSONObject = {}
    for field in provider.content.values():
        if field.required or field.name == "text":
            sample = SAMPLE["text"] if field.name == "text" else SAMPLE_URL
            content[field.name] = [sample] if field.name == "images" else sample
    validated = validate_request(provider, content, {})
    route = first_route(provider, validated, today=date.min)
    return validated if route is None else with_used_options(provider, route, validated)


def estimate_seconds(provider: Provider, validated: ValidatedRequest) -> int:
    """Return the typical duration in whole seconds."""
    duration = _number(validated.options.get("duration"))
    thousands = _characters(validated) / 1000
    typical = provider.typical_duration
    return max(1, round(typical.base + typical.per_second * duration + typical.per_thousand_characters * thousands))


def _amount(provider: Provider, rate: Rate, validated: ValidatedRequest) -> float:
    match rate.kind:
        case "flat":
            return rate.amount
        case "per_second":
            duration = _number(validated.options.get("duration"))
            if duration <= 0:
                raise PriceUnknown(f"{provider.id} is paid by the second and no duration is known")
            return rate.amount * duration
        case "per_characters":
            return rate.amount * max(1, math.ceil(_characters(validated) / rate.unit))
        case "by_pixels":
            size = output_size(provider, validated.options)
            if size is None:
                raise PriceUnknown(f"{provider.id} is paid by the pixel and no size is known")
            return _interpolated(rate.points, size[0] * size[1])
    raise PriceUnknown(f"{provider.id} has a price of the unknown kind {rate.kind!r}")


def _interpolated(points: tuple[tuple[int, float], ...], pixels: int) -> float:
    """Interpolate linearly between points; constant beyond the first and last."""
    if pixels <= points[0][0]:
        return points[0][1]
    for (few, low), (many, high) in pairwise(points):
        if pixels <= many:
            return low + (high - low) * (pixels - few) / (many - few)
    return points[-1][1]


def _characters(validated: ValidatedRequest) -> int:
    text = validated.content.get("text")
    return len(text) if isinstance(text, str) else 0


def _count(options: JSONObject) -> float:
    return _number(options.get("n")) or 1.0


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
