"""Consistency checks of a provider entry."""

from itertools import pairwise

from providers.catalogue.model import Option, OptionType, Provider, Rate
from providers.catalogue.output_size import RESOLUTION

RATES = frozenset({"flat", "per_second", "per_characters", "by_pixels"})
PYTHON_TYPES: dict[OptionType, type | tuple[type, ...]] = {
    OptionType.STRING: str,
    OptionType.INTEGER: int,
    OptionType.FLOAT: (int, float),
    OptionType.BOOLEAN: bool,
}


def check_provider(provider: Provider) -> None:
    """Raise `ValueError` for an inconsistent entry."""
    _require(0 <= provider.quality <= 1 and 0 <= provider.speed <= 1, "quality and speed must be 0 to 1")
    _require(bool(provider.rates), "there is no price")
    _require(bool(provider.routes), "there is no route")
    _require(any(field.required for field in provider.content.values()), "no content field is required")
    for option in provider.options.values():
        _check_option(option)
        _require(
            option.superseded_by in (None, *provider.options),
            f"{option.name} has superseded_by = {option.superseded_by!r}, which is not an option",
        )
    for rate in provider.rates:
        _check_rate(provider, rate)
    _check_models(provider)


def _check_option(option: Option) -> None:
    bounds = (option.minimum, option.maximum)
    numbers = [value for value in (*bounds, option.default, *(option.allowed or ())) if value is not None]
    _require(
        all(_is_of(option, value) for value in numbers),
        f"{option.name} has a value that is not of the type {option.type}",
    )
    if option.default is not None and option.allowed is not None:
        _require(option.default in option.allowed, f"the default of {option.name} is not allowed")
    if isinstance(option.default, int | float):
        low, high = option.minimum, option.maximum
        fits = (low is None or option.default >= low) and (high is None or option.default <= high)
        _require(fits, f"the default of {option.name} is out of range")
    if option.name == "resolution":
        _require(
            all(RESOLUTION.fullmatch(str(value)) for value in option.allowed or ()),
            "a resolution is not of the form 720p",
        )


def _check_rate(provider: Provider, rate: Rate) -> None:
    _require(rate.kind in RATES, f"{rate.kind!r} is not a kind of price")
    if rate.kind == "by_pixels":
        _require(bool(rate.points), "a price by pixels needs points")
    else:
        _require(rate.amount > 0 and rate.unit > 0, "amount and unit of a price must be more than 0")
    rising = all(few < many and 0 < low <= high for (few, low), (many, high) in pairwise(rate.points))
    _require(rising, "the points of a price do not rise")
    if rate.kind == "per_second":
        duration = provider.options.get("duration")
        _require(duration is not None and duration.default is not None, "a price by the second needs a duration")
    for name, factors in (rate.multipliers or {}).items():
        option = provider.options.get(name)
        known = {str(value) for value in (option.allowed or ())} if option else set()
        _require(factors.keys() <= known, f"the price has factors for values of {name} that are not allowed")
        _require(all(factor > 0 for factor in factors.values()), f"a factor of {name} is 0 or less")


def _check_models(provider: Provider) -> None:
    ids = [model.id for model in provider.models]
    _require(len(set(ids)) == len(ids), "two models have one id")
    _require(sum(model.default for model in provider.models) <= 1, "two models are the default")
    for name in ("model", "version"):
        option = provider.options.get(name)
        if option is None:
            continue
        _require(set(option.allowed or ()) == set(ids), f"the option {name} and the models differ")
        default = provider.default_model
        _require(option.default in (None, default and default.id), f"the default {name} is not the default model")


def _is_of(option: Option, value: object) -> bool:
    if isinstance(value, bool):
        return option.type is OptionType.BOOLEAN
    return isinstance(value, PYTHON_TYPES[option.type])


def _require(holds: bool, rule: str) -> None:
    if not holds:
        raise ValueError(rule)
