"""Provider selection by priority and health, and the routes that can serve a request."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from generations.generation import Priority, Routing
from kit.errors import DoitongError, InvalidInput, ProviderUnavailable
from providers.backend import GenerationType, JSONObject
from providers.catalogue import Catalogue, Provider, Route, estimate_seconds, typical_price, typical_request
from providers.catalogue.official import is_official
from providers.catalogue.routes import MEDIA, accepts, request_mode, serves
from providers.health import HealthMonitor
from providers.registry import Backends
from providers.settings import all_missing

LOCAL = "local"
# The weights of quality, speed and price.
WEIGHTS: Mapping[Priority, tuple[float, float, float]] = {
    Priority.BALANCED: (1.0, 1.0, 1.0),
    Priority.QUALITY: (1.0, 0.1, 0.1),
    Priority.SPEED: (0.1, 1.0, 0.1),
    Priority.COST: (0.1, 0.1, 1.0),
}
MIN_OUTCOMES = 5  # below it, the success rate is not used


@dataclass(frozen=True, slots=True)
class Environment:
    """What this server can use: backends, their health, and whether upstreams can download files from it."""

    backends: Backends
    health: HealthMonitor
    has_public_url: bool

    def configured_routes(self, provider: Provider, *, test_mode: bool) -> tuple[Route, ...]:
        """Return the routes with a configured backend, best first; a test key runs everything on the local backend."""
        if test_mode:
            is_available = self.backends.test.missing_setting() is None
            return (Route(backend=LOCAL, model=provider.id),) if is_available else ()
        return tuple(route for route in provider.routes if self.backends.is_configured(route.backend))

    def open_routes(
        self,
        provider: Provider,
        content: JSONObject,
        options: JSONObject,
        *,
        test_mode: bool,
        today: date,
        routing: Routing | None = None,
    ) -> tuple[Route, ...]:
        """Return the configured routes that can serve this request, best first."""
        routes = self.configured_routes(provider, test_mode=test_mode)
        if test_mode:
            return routes
        mode, needs_media = request_mode(provider.type, content), any(content.get(name) for name in MEDIA)
        return tuple(
            route
            for route in routed(provider, routes, routing)
            if serves(route, mode=mode, options=options, today=today)
            and (self.has_public_url or not (needs_media and route.needs_links))
            and not self.missing_defaults(provider, route, options)
        )

    def missing_defaults(self, provider: Provider, route: Route, options: JSONObject) -> dict[str, str]:
        """Return the options that the request leaves at a default which the operator has to set, with the settings."""
        return {
            name: setting
            for name, setting in route.default_settings.items()
            if options.get(name) == provider.options[name].default and not self.backends.settings.get(setting)
        }

    def is_healthy(self, route: Route, *, now: datetime) -> bool:
        """Whether the breaker of the route lets a job through."""
        return self.health.allows(route.backend, route.model, now=now)


def routed(provider: Provider, routes: tuple[Route, ...], routing: Routing | None) -> tuple[Route, ...]:
    """Return the routes that the routing allows, in its order. What runs on this machine alone is always allowed."""
    official = tuple(route for route in routes if is_official(provider, route))
    others = tuple(route for route in routes if route not in official)
    match routing:
        case Routing.AUTO:
            return others + official
        case Routing.VALUE:
            return others
        case Routing.OFFICIAL:
            return tuple(route for route in others if route.backend == LOCAL) + official
    return routes


def unavailable_reason(environment: Environment, provider: Provider, *, test_mode: bool, now: datetime) -> str | None:
    """Return why the provider is unavailable and what is missing, or None."""
    reason = _missing(environment, provider, test_mode=test_mode)
    if reason is None and not _is_healthy(environment, provider, test_mode=test_mode, now=now):
        return f"{provider.name} is not available at the moment: its upstream keeps failing."
    return reason


def require_available(environment: Environment, provider: Provider, *, test_mode: bool, now: datetime) -> None:
    """Raise `ProviderUnavailable` unless the provider has an open route.

    It is retryable if a breaker is open, and not if a setting is missing.
    """
    reason = _missing(environment, provider, test_mode=test_mode)
    if reason is None:
        if not _is_healthy(environment, provider, test_mode=test_mode, now=now):
            raise ProviderUnavailable(f"{provider.name} is not available at the moment. Try again in a minute.")
        return
    if test_mode:
        raise ProviderUnavailable(reason, retryable=False)
    if environment.backends.test.missing_setting() is not None:
        raise ProviderUnavailable(f"{reason} Use another provider, or leave `provider` out.", retryable=False)
    raise ProviderUnavailable(
        f"{reason} Use another provider, leave `provider` out, or use a test key.", retryable=False
    )


def require_routes(
    environment: Environment,
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
    routes = environment.open_routes(provider, content, options, test_mode=test_mode, today=today, routing=routing)
    healthy = tuple(route for route in routes if test_mode or environment.is_healthy(route, now=now))
    if healthy:
        return healthy
    if routes:
        raise ProviderUnavailable(
            f"{provider.name} cannot serve {request_mode(provider.type, content)} with these options at the moment: "
            "its upstream keeps failing. Try again in a minute."
        )
    if routing is not None and environment.open_routes(provider, content, options, test_mode=False, today=today):
        raise ProviderUnavailable(
            f"{provider.name} has no {routing.lower()} route on this server for this request. Use another routing.",
            retryable=False,
        )
    raise _no_open_route(environment, provider, request_mode(provider.type, content), options, today=today)


def _no_open_route(
    environment: Environment, provider: Provider, mode: str, options: JSONObject, *, today: date
) -> InvalidInput | ProviderUnavailable:
    """Return why no configured route can serve a request."""
    able = [route for route in provider.routes if serves(route, mode=mode, options=options, today=today)]
    if not able:
        return InvalidInput(_no_route(provider, mode, options), field="input.options")
    configured = [route for route in able if environment.backends.is_configured(route.backend)]
    if not configured:
        missing = _settings(environment.backends, able)
        return ProviderUnavailable(
            f"{provider.name} cannot serve {mode} with these options on this server: {missing}.", retryable=False
        )
    without_default = [environment.missing_defaults(provider, route, options) for route in configured]
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


def candidates(
    catalogue: Catalogue,
    environment: Environment,
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
        if environment.configured_routes(provider, test_mode=test_mode) and _is_meant_for(provider, test_mode=test_mode)
    ]
    if not configured:
        raise ProviderUnavailable(_no_provider(environment.backends, type, test_mode=test_mode), retryable=False)
    available = [
        provider for provider in configured if _is_healthy(environment, provider, test_mode=test_mode, now=now)
    ]
    if not available:
        raise ProviderUnavailable(f"No provider of {type.value} is available at the moment. Try again in a minute.")
    compared = [provider for provider in available if not is_local(provider)] or available
    cheapest = min(typical_price(provider, today) for provider in compared)

    def score(provider: Provider) -> tuple[bool, float, str]:
        quality, speed, cheap = WEIGHTS[priority]
        cheapness = cheapest / typical_price(provider, today)
        reliability, pace = _live_factors(environment, provider, test_mode=test_mode, now=now)
        total = quality * provider.quality + speed * provider.speed * pace + cheap * cheapness
        return (is_local(provider), -total * reliability, provider.id)

    return sorted(available, key=score)


def is_local(provider: Provider) -> bool:
    """Whether the provider runs on this machine alone."""
    return all(route.backend == LOCAL for route in provider.routes)


def may_fall_back(error: DoitongError) -> bool:
    """Whether another route may be tried after this error: never after a content violation."""
    return isinstance(error, ProviderUnavailable)


def health_keys(environment: Environment, provider: Provider, *, test_mode: bool) -> list[tuple[str, str | None]]:
    """Return the keys of the configured routes in the health monitor."""
    return [(route.backend, route.model) for route in environment.configured_routes(provider, test_mode=test_mode)]


def unavailable_modes(environment: Environment, provider: Provider, *, test_mode: bool, now: datetime) -> list[str]:
    """Return the modes that no configured route serves at the moment: there is none, or its upstream keeps failing."""
    usable = [
        route
        for route in environment.configured_routes(provider, test_mode=test_mode)
        if test_mode or environment.is_healthy(route, now=now)
    ]
    return [mode for mode in provider.modes if not any(not route.modes or mode in route.modes for route in usable)]


def _live_factors(
    environment: Environment, provider: Provider, *, test_mode: bool, now: datetime
) -> tuple[float, float]:
    """Return the recent success rate, and how fast recent jobs were compared with the catalogue, from 0.5 to 1.5."""
    if test_mode:
        return 1.0, 1.0
    health = environment.health.health(health_keys(environment, provider, test_mode=False), now=now)
    reliability = health.success_rate if health.success_rate is not None and health.outcomes >= MIN_OUTCOMES else 1.0
    if health.median_seconds is None:
        return reliability, 1.0
    expected = estimate_seconds(provider, typical_request(provider))
    return reliability, min(max(expected / max(health.median_seconds, 0.1), 0.5), 1.5)


def _is_healthy(environment: Environment, provider: Provider, *, test_mode: bool, now: datetime) -> bool:
    routes = environment.configured_routes(provider, test_mode=test_mode)
    return test_mode or any(environment.is_healthy(route, now=now) for route in routes)


def _missing(environment: Environment, provider: Provider, *, test_mode: bool) -> str | None:
    """Return what has to be configured before the provider can be used, as a sentence, or None."""
    if environment.configured_routes(provider, test_mode=test_mode):
        return None
    if test_mode:
        missing = environment.backends.test.missing_setting()
        return f"{provider.name} is not available with a test key on this server: {missing}."
    return f"{provider.name} is not available on this server: {_settings(environment.backends, provider.routes)}."


def _settings(backends: Backends, routes: Iterable[Route]) -> str:
    names = list(dict.fromkeys(route.backend for route in routes))
    settings = [setting for name in names if (setting := backends.missing_setting(name)) is not None]
    return all_missing(settings) if settings else f"this release cannot call {_either(names)} yet"


def _no_route(provider: Provider, mode: str, options: JSONObject) -> str:
    """Say which options no route serves for this mode."""
    routes = [route for route in provider.routes if not route.modes or mode in route.modes]
    if not routes:
        return f"{provider.name} does not support {mode}."
    names = sorted(
        {name for route in routes for name, rule in route.when.items() if not accepts(rule, options.get(name))}
    )
    given = ", ".join(f"{name} {options[name]}" if name in options else f"no {name}" for name in names)
    return f"{provider.name} does not support {mode} with {given}."


def _no_provider(backends: Backends, type: GenerationType, *, test_mode: bool) -> str:
    """Return the message for a type without an available provider, and what the client can do."""
    missing = backends.test.missing_setting()
    if missing is None:
        return f"No provider of {type.value} is configured on this server. Use a test key."
    if test_mode:
        return f"Test keys cannot generate on this server: {missing}."
    return f"No provider of {type.value} is configured on this server. `unavailableReason` of a provider says why."


def _either(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def _is_meant_for(provider: Provider, *, test_mode: bool) -> bool:
    """Whether automatic selection may choose it: a test key simulates real providers, not the local ones."""
    return not test_mode or not is_local(provider)
