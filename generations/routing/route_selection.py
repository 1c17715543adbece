"""The selection of a route: for a new request, and for each attempt to submit a generation."""

from collections.abc import Mapping
from datetime import date, datetime

from generations.generation import Generation, Routing, SubmissionOutcome
from generations.routing.availability import RouteAvailability, missing_settings
from generations.services import Services
from kit.errors import DoitongError, InvalidInput, ProviderUnavailable
from providers.backend import JSONObject
from providers.catalogue import Provider, Route
from providers.catalogue.routes import accepts, request_mode, serves


def usable_routes(services: Services, current: Generation) -> tuple[Route, ...]:
    """Return the configured routes that can serve the generation, best first."""
    provider = services.catalogue.by_name.get(current.provider)
    if provider is None:
        return ()
    return services.route_availability.usable_routes(
        provider,
        current.input,
        current.options,
        test_mode=current.test_mode,
        today=services.clock.now().date(),
        routing=current.routing,
    )


def require_routes(
    availability: RouteAvailability,
    provider: Provider,
    content: JSONObject,
    options: JSONObject,
    *,
    test_mode: bool,
    now: datetime,
    routing: Routing | None = None,
) -> tuple[Route, ...]:
    """Return the healthy routes that can serve a request, best first and at least one.

    Raises `InvalidInput` if none serves it, or `ProviderUnavailable`.
    """
    today = now.date()
    routes = availability.usable_routes(provider, content, options, test_mode=test_mode, today=today, routing=routing)
    healthy = tuple(route for route in routes if test_mode or availability.is_healthy(route, now=now))
    if healthy:
        return healthy
    if routes:
        raise ProviderUnavailable(
            f"{provider.name} cannot serve {request_mode(provider.type, content)} with these options at the moment: "
            "its upstream keeps failing. Try again in a minute."
        )
    if routing is not None and availability.usable_routes(provider, content, options, test_mode=False, today=today):
        raise ProviderUnavailable(
            f"{provider.name} has no {routing.lower()} route on this server for this request. Use another routing.",
            retryable=False,
        )
    raise _no_usable_route(availability, provider, request_mode(provider.type, content), options, today=today)


def next_route(services: Services, current: Generation, *, now: datetime) -> tuple[Route | None, datetime]:
    """Return the best route for the next attempt, and when: `now` if it was not tried, later if it was busy."""
    untried, busy = untried_routes(services, current, now=now), busy_routes(services, current)
    paused = {route.backend for route, _ in busy}  # a limit is that of the account, not of the model
    elsewhere = [route for route in untried if route.backend not in paused]
    if elsewhere:
        return elsewhere[0], now
    return min(busy, key=lambda one: one[1]) if busy else (untried[0] if untried else None, now)


def untried_routes(services: Services, current: Generation, *, now: datetime) -> list[Route]:
    """Return the routes that were not tried yet and whose breaker lets a job through, best first."""
    tried = {(attempt["backend"], attempt["model"]) for attempt in current.attempts}
    return [
        route
        for route in usable_routes(services, current)
        if (route.backend, route.model) not in tried
        and (current.test_mode or services.route_availability.is_healthy(route, now=now))
    ]


def busy_routes(services: Services, current: Generation) -> list[tuple[Route, datetime]]:
    """Return the routes whose last attempt found the upstream busy, and when each may be tried again."""
    last = {(attempt["backend"], attempt["model"]): attempt for attempt in current.attempts}
    busy = []
    for route in usable_routes(services, current):
        attempt = last.get((route.backend, route.model))
        if attempt is not None and attempt["outcome"] == SubmissionOutcome.BUSY:
            busy.append((route, datetime.fromisoformat(str(attempt["retryAt"]))))
    return busy


def may_fall_back(error: DoitongError) -> bool:
    """Whether another route may be tried after this error: never after a content violation."""
    return isinstance(error, ProviderUnavailable)


def _no_usable_route(
    availability: RouteAvailability, provider: Provider, mode: str, options: JSONObject, *, today: date
) -> InvalidInput | ProviderUnavailable:
    """Return why no configured route can serve a request."""
    able = [route for route in provider.routes if serves(route, mode=mode, options=options, today=today)]
    if not able:
        return InvalidInput(_no_route_message(provider, mode, options), field="input.options")
    configured = [route for route in able if availability.backends.is_configured(route.backend)]
    if not configured:
        missing = missing_settings(availability.backends, able)
        return ProviderUnavailable(
            f"{provider.name} cannot serve {mode} with these options on this server: {missing}.", retryable=False
        )
    without_default = [availability.missing_defaults(provider, route, options) for route in configured]
    if all(without_default):
        return _default_required(provider, mode, without_default[0])
    return ProviderUnavailable(
        f"{provider.name} reads media inputs by URL, and this server has no public address: DOITONG_BASE_URL is not "
        "set.",
        retryable=False,
    )


def _default_required(provider: Provider, mode: str, missing: Mapping[str, str]) -> InvalidInput:
    """Return the error for options without a default on this server."""
    name, setting = next(iter(missing.items()))
    return InvalidInput(
        f"{provider.name} needs `{name}` for {mode}: give an ID of the upstream's. This server has no default for it; "
        f"{setting} is not set.",
        field=f"input.options.{name}",
    )


def _no_route_message(provider: Provider, mode: str, options: JSONObject) -> str:
    """Return a message with the options that no route serves for this mode."""
    routes = [route for route in provider.routes if not route.modes or mode in route.modes]
    if not routes:
        return f"{provider.name} does not support {mode}."
    names = sorted(
        {name for route in routes for name, rule in route.when.items() if not accepts(rule, options.get(name))}
    )
    given = ", ".join(f"{name} {options[name]}" if name in options else f"no {name}" for name in names)
    return f"{provider.name} does not support {mode} with {given}."
