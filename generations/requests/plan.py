"""Planning a request: provider, complete options, price and time. Pure."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from generations.generation import Alternative
from generations.inputs.files import check_inputs
from generations.requests.generation_request import GenerationRequest, is_requested
from generations.routing import LOCAL, candidates, is_local, require_available, require_routes
from generations.services import Services
from kit.errors import InvalidInput, ProviderUnavailable
from providers.backend import JSON, JSONObject
from providers.catalogue import (
    Adjustment,
    Catalogue,
    Provider,
    Route,
    ValidatedRequest,
    estimate_seconds,
    price,
    validate_request,
)
from providers.catalogue.route_adjustments import (
    default_adjustments,
    requested_adjustments,
    substitution,
    values_of_route,
)
from providers.catalogue.routes import as_bought, first_route, request_mode
from providers.directive_validation import check_test_directives
from providers.simulation import parse_directives

SEED_RANGE = 2**31
MAX_ALTERNATIVES = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """An acceptable request with everything decided."""

    provider: Provider
    validated: ValidatedRequest
    seed: int
    credit_cost: int
    estimated_time: int
    adjustments: list[JSONObject]
    alternatives: list[JSONObject]
    """Providers that take over if the automatically chosen one accepts no job, best first; see `Alternative`."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """A provider, the request completed for it, its usable upstreams, and what its best route changes or ignores."""

    provider: Provider
    validated: ValidatedRequest
    bought: ValidatedRequest
    """The same request with the values that the route buys, for the price and the duration."""
    backends: frozenset[str]
    adjustments: tuple[Adjustment, ...]


def plan_generation(
    services: Services, request: GenerationRequest, *, test_mode: bool, default_seed: int, at: datetime
) -> Plan:
    """Plan a request. `default_seed` is used where the request has none.

    Raises `InvalidInput` or `ProviderUnavailable`.
    """
    if request.webhook_url is not None:
        services.outbox.check_address(request.webhook_url, field="input.webhookUrl")
    choice, *others = _choose(services, request, test_mode=test_mode, at=at)
    provider, validated = choice.provider, choice.validated
    if test_mode:
        check_test_directives(validated.content.get("text"))
    simulated_inputs = check_inputs(services.library, validated.content, test_mode=test_mode)
    cost = price(provider, choice.bought, at.date())
    seed = validated.options.get("seed")
    return Plan(
        provider=provider,
        validated=validated,
        seed=seed if isinstance(seed, int) else default_seed,
        credit_cost=cost,
        estimated_time=_estimate_seconds(services.catalogue, provider, choice.bought, test_mode=test_mode),
        adjustments=[*(asdict(adjustment) for adjustment in choice.adjustments), *simulated_inputs],
        alternatives=_alternatives(others, most=cost, today=at.date()),
    )


def _estimate_seconds(catalogue: Catalogue, provider: Provider, validated: ValidatedRequest, *, test_mode: bool) -> int:
    """Return the typical duration in seconds; with a test key, that of the local simulation and of its delay."""
    if not test_mode:
        return estimate_seconds(provider, validated)
    simulator = next((one for one in catalogue.of_type(provider.type) if is_local(one)), provider)
    text = validated.content.get("text")
    delay = parse_directives(text).delay if isinstance(text, str) else None
    return estimate_seconds(simulator, validated) + (round(delay.total_seconds()) if delay else 0)


def _choose(services: Services, request: GenerationRequest, *, test_mode: bool, at: datetime) -> list[_Choice]:
    """Return the choice, and other providers that may take over if none was requested."""
    environment = services.environment
    if request.provider is not None and is_requested(request.provider):
        provider = services.catalogue.get(request.provider, type=request.type)
        validated = _validate_for(provider, request)
        require_available(environment, provider, test_mode=test_mode, now=at)
        return [_on_best_route(services, provider, request, validated, test_mode=test_mode, now=at)]
    providers = candidates(
        services.catalogue,
        environment,
        type=request.type,
        priority=request.priority,
        test_mode=test_mode,
        now=at,
    )
    _require_mode(request, providers)
    most = 1 if test_mode else 1 + MAX_ALTERNATIVES
    return _first_supporting(services, providers, request, most=most, test_mode=test_mode, now=at)


def _first_supporting(
    services: Services,
    providers: list[Provider],
    request: GenerationRequest,
    *,
    most: int,
    test_mode: bool,
    now: datetime,
) -> list[_Choice]:
    """Return the best providers that support every given option; if none does, raise the error of the best one.

    A local provider is used only where no other one is available: not because it supports an option that they lack,
    and not in place of one that takes no job. The last one has another upstream if the others have a single one.
    """
    choices: list[_Choice] = []
    on_same_upstream: list[_Choice] = []
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
        is_last_of_same = most > 1 and len(choices) == most - 1 and len(upstreams) == 1
        (on_same_upstream if is_last_of_same else choices).append(choice)
        if len(choices) == most:
            break
    if not choices:
        raise _refusal_of_all(request, refusals[0])
    return [*choices, *on_same_upstream][:most]


def _refusal_of_all(
    request: GenerationRequest, first: InvalidInput | ProviderUnavailable
) -> InvalidInput | ProviderUnavailable:
    """Return the error of a request that names no provider; `first` is that of the best provider."""
    if isinstance(first, ProviderUnavailable):
        return first
    error = InvalidInput(f"No provider of {request.type} takes this request. {first.message}", field="input")
    error.extensions = first.extensions
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
) -> _Choice:
    """Return the request on the provider's best route. Raises `InvalidInput` or `ProviderUnavailable`.

    A test key pays what a live key would. Local backends report their adjustments with the result.
    """
    route, *others = require_routes(
        services.environment,
        provider,
        validated.content,
        validated.options,
        test_mode=test_mode,
        now=now,
        routing=request.routing,
    )
    backends = frozenset(one.backend for one in (route, *others))
    priced = first_route(provider, validated, today=now.date()) if test_mode else route
    bought = validated if priced is None else as_bought(provider, priced, validated)
    if route.backend == LOCAL:
        return _Choice(provider, validated, bought, backends, validated.adjustments)
    requested = requested_adjustments(provider, route, validated)
    substitutes = substitution(provider, route)
    refused = [*requested, *(substitutes if is_requested(request.provider) else ())]
    if request.strict and refused:
        raise _strict_refusal(provider, refused[0], route)
    adjustments = (*validated.adjustments, *substitutes, *requested, *default_adjustments(provider, route, validated))
    return _Choice(provider, validated, bought, backends, adjustments)


def _validate_for(provider: Provider, request: GenerationRequest) -> ValidatedRequest:
    validated = validate_request(provider, request.input, request.options or {})
    if request.strict and validated.adjustments:
        raise _strict_refusal(provider, validated.adjustments[0])
    return validated


def _strict_refusal(provider: Provider, adjustment: Adjustment, route: Route | None = None) -> InvalidInput:
    """Return the error of a strict request; `route` is the one that makes the adjustment, if any."""
    option = provider.options.get(adjustment.field.rpartition(".")[2])
    allowed = None
    if option is not None:
        allowed = option.allowed if route is None else values_of_route(option, route)
    requested, used = _shown(adjustment.requested), _shown(adjustment.used)
    change = "have no effect" if adjustment.used is None else f"be adjusted from {requested} to {used}"
    return InvalidInput(
        f"`{adjustment.field}` would {change}, and the request is strict: {adjustment.reason}.",
        field=f"input.{adjustment.field}",
        allowed=allowed,
        suggestion=adjustment.used,
    )


def _shown(value: JSON) -> str:
    """Return a value as it is written in a request."""
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _alternatives(choices: list[_Choice], *, most: int, today: date) -> list[JSONObject]:
    """Return the choices as JSON. None costs the customer more than `most`, the price that was accepted."""
    return [
        asdict(
            Alternative(
                provider=choice.provider.id,
                model=choice.validated.model,
                input=choice.validated.content,
                options=choice.validated.options,
                price=min(most, price(choice.provider, choice.bought, today)),
                estimated_time=estimate_seconds(choice.provider, choice.bought),
                adjustments=[asdict(adjustment) for adjustment in choice.adjustments],
            )
        )
        for choice in choices
    ]
