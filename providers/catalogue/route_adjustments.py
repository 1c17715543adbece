"""The adjustments that a route makes to a request: values that it replaces or ignores, or the model. Pure."""

from kit.text import truncate
from providers.backend import JSON, Adjustment
from providers.catalogue.model import Option, OptionType, Provider, Range, Route, Value
from providers.catalogue.request_validation import EXTRA, ValidatedRequest
from providers.catalogue.routes import fields_with_effect, used_options
from providers.catalogue.supported_values import nearest_supported_value

PROVIDER = "provider"


def adjustments_of_requested(provider: Provider, route: Route, validated: ValidatedRequest) -> list[Adjustment]:
    """Return an adjustment for each option and content field of the client that is replaced or has no effect."""
    effective = fields_with_effect(route)
    used = used_options(provider, route, validated.content, validated.options)
    adjustments: list[Adjustment] = []
    for name in sorted(validated.requested - {EXTRA}):
        value = validated.options.get(name)
        if value is None or (name in effective and used.get(name) == value):
            continue
        if name in effective and name in used:
            reason = f"{route.backend} does not have it for this model; the nearest was used"
            adjustments.append(Adjustment(reason, f"options.{name}", requested=value, used=used[name]))
        else:
            adjustments.append(_ignored(f"options.{name}", value, route))
    extra = validated.options.get(EXTRA)
    for name, value in (extra if isinstance(extra, dict) else {}).items():
        if name not in route.extra:
            adjustments.append(_ignored(f"options.{EXTRA}.{truncate(name, quoted=False)}", value, route))
    for name, value in validated.content.items():
        if name not in effective and value not in (None, "", []):
            adjustments.append(_ignored(f"input.{name}", value, route))
    return adjustments


def adjustments_of_defaults(provider: Provider, route: Route, validated: ValidatedRequest) -> list[Adjustment]:
    """Return an adjustment for each default and computed size that the route replaces."""
    used = used_options(provider, route, validated.content, validated.options)
    effective = fields_with_effect(route)
    reason = f"{route.backend} does not have the default for this model; the nearest was used"
    return [
        Adjustment(reason, f"options.{name}", requested=value, used=used[name])
        for name, value in sorted(validated.options.items())
        if name in effective and name not in validated.requested and used.get(name, value) != value
    ]


def adjustments_of_substitutes(provider: Provider, route: Route) -> list[Adjustment]:
    """Return an adjustment if the route runs another model than the one that the provider is named after."""
    if route.substitute is None:
        return []
    reason = f"{provider.name} itself is not offered for such a request"
    return [Adjustment(reason, PROVIDER, requested=provider.id, used=route.substitute)]


def values_of_route(option: Option, route: Route) -> list[Value] | None:
    """Return the values of the option that the route takes as they are; None if they cannot be listed."""
    choices = (True, False) if option.type is OptionType.BOOLEAN else option.allowed
    rule = route.supported.get(option.name)
    if choices is None or isinstance(rule, Range):
        return None
    if option.name not in fields_with_effect(route):
        return None
    return [value for value in choices if rule is None or nearest_supported_value(rule, value) == value]


def _ignored(field: str, value: JSON, route: Route) -> Adjustment:
    reason = f"{route.backend} does not support it for this model"
    return Adjustment(reason, field, requested=_shortened(value))


def _shortened(value: JSON) -> JSON:
    """Return a value that is fit for a report: inputs may be `data:` URLs of megabytes."""
    match value:
        case str():
            return truncate(value, quoted=False)
        case list():
            return [_shortened(inner) for inner in value]
        case dict():
            return truncate(str(value), quoted=False)
    return value
