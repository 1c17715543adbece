"""Consistency checks of a provider entry."""

from collections.abc import Iterator
from itertools import pairwise

from providers.catalogue.errors import EntryError, Place
from providers.catalogue.model import Option, OptionType, Provider, Rate
from providers.catalogue.output_size import ASPECT_RATIO_FORM, RESOLUTION
from providers.catalogue.route_validation import validate_routes

RATES = frozenset({"flat", "per_second", "per_characters", "by_pixels"})
PYTHON_TYPES: dict[OptionType, type | tuple[type, ...]] = {
    OptionType.STRING: str,
    OptionType.INTEGER: int,
    OptionType.FLOAT: (int, float),
    OptionType.BOOLEAN: bool,
}
FORMS = {
    "resolution": (RESOLUTION, "a resolution is not of the form 720p"),
    "aspectRatio": (ASPECT_RATIO_FORM, "an aspect ratio is not of the form 16:9"),
}


def validate_entry(provider: Provider) -> None:
    """Raise `EntryError` for an inconsistent entry."""
    for name in ("quality", "speed"):
        _require(0 <= getattr(provider, name) <= 1, "quality and speed must be 0 to 1", name)
    _require(bool(provider.modes), "there is no mode", "modes")
    _require(bool(provider.rates), "there is no price", "rates")
    _require(bool(provider.routes), "there is no route", "routes")
    _require(any(field.required for field in provider.content.values()), "no content field is required", "content")
    for option in provider.options.values():
        _check_option(option)
        _require(
            option.superseded_by in (None, *provider.options),
            f"{option.name} has superseded_by = {option.superseded_by!r}, which is not an option",
            *("options", option.name),
        )
    for index, rate in enumerate(provider.rates):
        _check_rate(provider, rate, ("rates", index))
    _check_models(provider)
    validate_routes(provider)


def _check_option(option: Option) -> None:
    place = ("options", option.name)
    bounds = (option.minimum, option.maximum)
    numbers = [value for value in (*bounds, option.default, *(option.allowed or ())) if value is not None]
    _require(
        all(_is_of(option, value) for value in numbers),
        f"{option.name} has a value that is not of the type {option.type}",
        *place,
    )
    if option.default is not None and option.allowed is not None:
        _require(option.default in option.allowed, f"the default of {option.name} is not allowed", *place)
    if isinstance(option.default, int | float):
        low, high = option.minimum, option.maximum
        fits = (low is None or option.default >= low) and (high is None or option.default <= high)
        _require(fits, f"the default of {option.name} is out of range", *place)
    if option.name in FORMS:
        form, rule = FORMS[option.name]
        given = [str(value) for value in (*(option.allowed or ()), option.default) if value is not None]
        _require(all(form.fullmatch(value) for value in given), rule, *place)


def _check_rate(provider: Provider, rate: Rate, place: Place) -> None:
    _require(rate.kind in RATES, f"{rate.kind!r} is not a kind of price; there are {', '.join(sorted(RATES))}", *place)
    if rate.kind == "by_pixels":
        _require(bool(rate.points), "a price by pixels needs points", *place)
    else:
        _require(rate.amount > 0 and rate.unit > 0, "amount and unit of a price must be more than 0", *place)
    rising = all(few < many and 0 < low <= high for (few, low), (many, high) in pairwise(rate.points))
    _require(rising, "the points of a price do not rise", *place)
    if rate.kind == "per_second":
        duration = provider.options.get("duration")
        has_default = duration is not None and duration.default is not None
        _require(has_default, "a price by the second needs a duration with a default", *place)
    for name, factors in (rate.multipliers or {}).items():
        known = {str(value) for value in _used_values(provider, name)}
        below = (*place, "multipliers", name)
        _require(factors.keys() <= known, f"the price has factors for values of {name} that are not allowed", *below)
        _require(all(factor > 0 for factor in factors.values()), f"a factor of {name} is 0 or less", *below)


def _used_values(provider: Provider, name: str) -> Iterator[object]:
    """Yield the values of an option: those that are allowed, and those that a route uses instead."""
    if name in provider.options:
        yield from provider.options[name].allowed or ()
    for route in provider.routes:
        rule = route.supported.get(name, ())
        yield from rule if isinstance(rule, tuple) else ()


def _check_models(provider: Provider) -> None:
    ids = [model.id for model in provider.models]
    _require(len(set(ids)) == len(ids), "two models have one id", "models")
    _require(sum(model.default for model in provider.models) <= 1, "two models are the default", "models")
    for option in _model_options(provider):
        place = ("options", option.name)
        _require(set(option.allowed or ()) == set(ids), f"the option {option.name} and the models differ", *place)
        default = provider.default_model
        is_same = option.default in (None, default and default.id)
        _require(is_same, f"the default {option.name} is not the default model", *place)


def _model_options(provider: Provider) -> Iterator[Option]:
    return (provider.options[name] for name in ("model", "version") if name in provider.options)


def _is_of(option: Option, value: object) -> bool:
    if isinstance(value, bool):
        return option.type is OptionType.BOOLEAN
    return isinstance(value, PYTHON_TYPES[option.type])


def _require(holds: bool, rule: str, *place: str | int) -> None:
    if not holds:
        raise EntryError(rule, place)
