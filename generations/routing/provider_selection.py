"""The selection of the provider of a request: the one that it names, or the best one by priority and health."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from generations.generation import Priority
from generations.requests.generation_request import GenerationRequest
from generations.routing.availability import (
    LOCAL,
    RouteAvailability,
    has_healthy_route,
    health_keys,
    is_local,
    require_available,
)
from generations.routing.route_selection import require_routes
from generations.services import Services
from kit.errors import InvalidInput, ProviderUnavailable
from providers.backend import JSON, Adjustment, GenerationType
from providers.catalogue import (
    Catalogue,
    Provider,
    Route,
    ValidatedRequest,
    estimate_seconds,
    typical_price,
    typical_request,
    validate_request,
)
from providers.catalogue.route_adjustments import (
    adjustments_of_defaults,
    adjustments_of_requested,
    adjustments_of_substitutes,
    values_of_route,
)
from providers.catalogue.routes import first_route, request_mode, with_used_options
from providers.registry import Backends

MAX_ALTERNATIVES = 2
# The weights of quality, speed and price.
WEIGHTS: Mapping[Priority, tuple[float, float, float]] = {
    Priority.BALANCED: (1.0, 1.0, 1.0),
    Priority.QUALITY: (1.0, 0.1, 0.1),
    Priority.SPEED: (0.1, 1.0, 0.1),
    Priority.COST: (0.1, 0.1, 1.0),
}
MIN_OUTCOMES = 5  # below it, the success rate is not used


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    """A provider, the request completed for it, its usable backends, and what its best route changes or ignores."""

    provider: Provider
    validated: ValidatedRequest
    effective_request: ValidatedRequest
    """The same request with the values that its best route uses, which determine price and duration."""
    backends: frozenset[str]
    adjustments: tuple[Adjustment, ...]


def choose_providers(
    services: Services, request: GenerationRequest, *, test_mode: bool, at: datetime
) -> list[ProviderChoice]:
    """Return the choice, and other providers that may take over if none was requested."""
    availability = services.route_availability
    if request.named_provider is not None:
        provider = services.catalogue.get(request.named_provider, type=request.type)
        validated = _validate_for(provider, request)
        require_available(availability, provider, test_mode=test_mode, now=at)
        return [_on_best_route(services, provider, request, validated, test_mode=test_mode, now=at)]
    providers = rank_providers(
        services.catalogue,
        availability,
        type=request.type,
        priority=request.priority,
        test_mode=test_mode,
        now=at,
    )
    _require_mode(request, providers)
    max_choices = 1 if test_mode else 1 + MAX_ALTERNATIVES
    return _first_supporting(services, providers, request, max_choices=max_choices, test_mode=test_mode, now=at)


def _first_supporting(
    services: Services,
    providers: list[Provider],
    request: GenerationRequest,
    *,
    max_choices: int,
    test_mode: bool,
    now: datetime,
) -> list[ProviderChoice]:
    """Return the best providers that support every given option; if none does, raise the error of the best one.

    Local providers are considered only if all others are unavailable, and not if one of them rejected the request as
    invalid. If the others share one upstream, the last provider is one with another upstream, if there is any.
    """
    choices: list[ProviderChoice] = []
    on_same_upstream: list[ProviderChoice] = []
    refusals: list[InvalidInput | ProviderUnavailable] = []
    for provider in providers:
        if is_local(provider) and (choices or any(isinstance(refusal, InvalidInput) for refusal in refusals)):
            break
        try:
            validated = _validate_for(provider, request)
            choice = _on_best_route(services, provider, request, validated, test_mode=test_mode, now=now)
        except (InvalidInput, ProviderUnavailable) as refusal:
            refusals.append(refusal)
            continue
        upstreams = choice.backends.union(*(one.backends for one in choices))
        is_last_of_same = max_choices > 1 and len(choices) == max_choices - 1 and len(upstreams) == 1
        (on_same_upstream if is_last_of_same else choices).append(choice)
        if len(choices) == max_choices:
            break
    if not choices:
        raise _refusal_of_all(request, refusals[0])
    return [*choices, *on_same_upstream][:max_choices]


def _refusal_of_all(
    request: GenerationRequest, first: InvalidInput | ProviderUnavailable
) -> InvalidInput | ProviderUnavailable:
    """Return the error of a request that names no provider; `first` is that of the best provider."""
    if isinstance(first, ProviderUnavailable):
        return first
    error = InvalidInput(f"No provider of {request.type} takes this request. {first.message}", field="input")
    error.extensions = first.extensions
    error.other_fields, error.allowed_fields = first.other_fields, first.allowed_fields
    return error


def _require_mode(request: GenerationRequest, providers: list[Provider]) -> None:
    """Raise `InvalidInput` if none of the providers works from these inputs."""
    mode, known = request_mode(request.type, request.input), {mode for one in providers for mode in one.modes}
    if mode not in known:
        message = f"No provider of {request.type} on this server supports {mode}, only {', '.join(sorted(known))}."
        raise InvalidInput(message, field="input.input")


def _on_best_route(
    services: Services,
    provider: Provider,
    request: GenerationRequest,
    validated: ValidatedRequest,
    *,
    test_mode: bool,
    now: datetime,
) -> ProviderChoice:
    """Return the request on the provider's best route. Raises `InvalidInput` or `ProviderUnavailable`.

    A test key pays what a live key would. Local backends report their adjustments with the result.
    """
    route, *others = require_routes(
        services.route_availability,
        provider,
        validated.content,
        validated.options,
        test_mode=test_mode,
        now=now,
        routing=request.routing,
    )
    backends = frozenset(one.backend for one in (route, *others))
    live_route = first_route(provider, validated, today=now.date()) if test_mode else route
    effective = validated if live_route is None else with_used_options(provider, live_route, validated)
    if route.backend == LOCAL:
        return ProviderChoice(provider, validated, effective, backends, validated.adjustments)
    requested = adjustments_of_requested(provider, route, validated)
    substitutes = adjustments_of_substitutes(provider, route)
    refused = [*requested, *(substitutes if request.named_provider is not None else ())]
    if request.strict and refused:
        raise _strict_refusal(provider, refused[0], route)
    adjustments = (
        *validated.adjustments,
        *substitutes,
        *requested,
        *adjustments_of_defaults(provider, route, validated),
    )
    return ProviderChoice(provider, validated, effective, backends, adjustments)


def _validate_for(provider: Provider, request: GenerationRequest) -> ValidatedRequest:
    validated = validate_request(provider, request.input, request.options or {})
    if request.strict and validated.adjustments:
        raise _strict_refusal(provider, validated.adjustments[0])
    return validated


def _strict_refusal(provider: Provider, adjustment: Adjustment, route: Route | None = None) -> InvalidInput:
    """Return the error of a strict request; `route` is the one that makes the adjustment, if any."""
    field = adjustment.field or "options"
    option = provider.options.get(field.rpartition(".")[2])
    allowed = None
    if option is not None:
        allowed = option.allowed if route is None else values_of_route(option, route)
    requested, used = _literal(adjustment.requested), _literal(adjustment.used)
    change = "have no effect" if adjustment.used is None else f"be adjusted from {requested} to {used}"
    return InvalidInput(
        f"`{field}` would {change}, and the request is strict: {adjustment.reason}.",
        field=f"input.{field}",
        allowed=allowed,
        suggestion=adjustment.used,
    )


def _literal(value: JSON) -> str:
    """Return a value as it is written in a request."""
    return str(value).lower() if isinstance(value, bool) else repr(value)


def rank_providers(
    catalogue: Catalogue,
    availability: RouteAvailability,
    *,
    type: GenerationType,
    priority: Priority,
    test_mode: bool,
    now: datetime,
) -> list[Provider]:
    """Return the available providers of a type, best first for this priority, and the local ones last.

    Raises `ProviderUnavailable`.
    """
    today = now.date()
    configured = [
        provider
        for provider in catalogue.of_type(type)
        if availability.configured_routes(provider, test_mode=test_mode)
        and _is_selectable(provider, test_mode=test_mode)
    ]
    if not configured:
        raise ProviderUnavailable(
            _no_provider_message(availability.backends, type, test_mode=test_mode), retryable=False
        )
    available = [
        provider for provider in configured if has_healthy_route(availability, provider, test_mode=test_mode, now=now)
    ]
    if not available:
        raise ProviderUnavailable(f"No provider of {type.value} is available at the moment. Try again in a minute.")
    compared = [provider for provider in available if not is_local(provider)] or available
    cheapest = min(typical_price(provider, today) for provider in compared)

    def score(provider: Provider) -> tuple[bool, float, str]:
        quality, speed, cheap = WEIGHTS[priority]
        cheapness = cheapest / typical_price(provider, today)
        reliability, pace = _live_factors(availability, provider, test_mode=test_mode, now=now)
        total = quality * provider.quality + speed * provider.speed * pace + cheap * cheapness
        return (is_local(provider), -total * reliability, provider.id)

    return sorted(available, key=score)


def _live_factors(
    availability: RouteAvailability, provider: Provider, *, test_mode: bool, now: datetime
) -> tuple[float, float]:
    """Return the recent success rate, and how fast recent jobs were compared with the catalogue, from 0.5 to 1.5."""
    if test_mode:
        return 1.0, 1.0
    health = availability.health.health(health_keys(availability, provider, test_mode=False), now=now)
    reliability = health.success_rate if health.success_rate is not None and health.outcomes >= MIN_OUTCOMES else 1.0
    if health.median_seconds is None:
        return reliability, 1.0
    expected = estimate_seconds(provider, typical_request(provider))
    return reliability, min(max(expected / max(health.median_seconds, 0.1), 0.5), 1.5)


def _no_provider_message(backends: Backends, type: GenerationType, *, test_mode: bool) -> str:
    """Return the message for a type without an available provider, and what the client can do."""
    missing = backends.test.unavailable_because()
    if missing is None:
        return f"No provider of {type.value} is configured on this server. Use a test key."
    if test_mode:
        return f"Test keys cannot generate on this server: {missing}."
    return f"No provider of {type.value} is configured on this server. `unavailableReason` of a provider says why."


def _is_selectable(provider: Provider, *, test_mode: bool) -> bool:
    """Whether automatic selection may choose it: a test key simulates real providers, not the local ones."""
    return not test_mode or not is_local(provider)
