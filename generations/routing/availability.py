"""Availability: the routes and providers that this server can use, and why the others are unavailable."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from generations.generation import Routing
from kit.errors import ProviderUnavailable
from providers.backend import JSONObject
from providers.catalogue import Provider, Route
from providers.catalogue.routes import MEDIA, request_mode, serves
from providers.catalogue.vendor_routes import is_official
from providers.health import HealthMonitor
from providers.registry import Backends
from providers.settings import all_missing

LOCAL = "local"


@dataclass(frozen=True, slots=True)
class RouteAvailability:
    """The routes that this server can use: those of its configured backends, as far as their upstreams are healthy.

    `has_public_url` is whether upstreams can download input files from this server.
    """

    backends: Backends
    health: HealthMonitor
    has_public_url: bool

    def configured_routes(self, provider: Provider, *, test_mode: bool) -> tuple[Route, ...]:
        """Return the routes with a configured backend, best first; a test key runs everything on the local backend."""
        if test_mode:
            is_available = self.backends.test.unavailable_because() is None
            return _simulated_routes(provider.id) if is_available else ()
        return tuple(route for route in provider.routes if self.backends.is_configured(route.backend))

    def usable_routes(
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
            for route in routes_allowed_by(routing, provider, routes)
            if serves(route, mode=mode, options=options, today=today)
            and (self.has_public_url or not (needs_media and route.needs_links))
            and not self.missing_defaults(provider, route, options)
        )

    def missing_defaults(self, provider: Provider, route: Route, options: JSONObject) -> dict[str, str]:
        """Return the omitted options whose default is a setting that the operator has not set, with its name."""
        return {
            name: setting
            for name, setting in route.default_settings.items()
            if options.get(name) == provider.options[name].default and not self.backends.settings.get(setting)
        }

    def is_healthy(self, route: Route, *, now: datetime) -> bool:
        """Whether the breaker of the route lets a job through."""
        return self.health.allows(route.backend, route.model, now=now)


@lru_cache(maxsize=1_000)
def _simulated_routes(model: str) -> tuple[Route, ...]:
    return (Route(backend=LOCAL, model=model),)


def routes_allowed_by(routing: Routing | None, provider: Provider, routes: tuple[Route, ...]) -> tuple[Route, ...]:
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


def unavailable_reason(
    availability: RouteAvailability, provider: Provider, *, test_mode: bool, now: datetime
) -> str | None:
    """Return why the provider is unavailable and what is missing, or None."""
    reason = _missing(availability, provider, test_mode=test_mode)
    if reason is None and not has_healthy_route(availability, provider, test_mode=test_mode, now=now):
        return f"{provider.name} is not available at the moment: its upstream keeps failing."
    return reason


def require_available(availability: RouteAvailability, provider: Provider, *, test_mode: bool, now: datetime) -> None:
    """Raise `ProviderUnavailable` unless the provider has a usable route.

    It is retryable if a breaker is open, and not if a setting is missing.
    """
    reason = _missing(availability, provider, test_mode=test_mode)
    if reason is None:
        if not has_healthy_route(availability, provider, test_mode=test_mode, now=now):
            raise ProviderUnavailable(f"{provider.name} is not available at the moment. Try again in a minute.")
        return
    if test_mode:
        raise ProviderUnavailable(reason, retryable=False)
    if availability.backends.test.unavailable_because() is not None:
        raise ProviderUnavailable(f"{reason} Use another provider, or leave `provider` out.", retryable=False)
    raise ProviderUnavailable(
        f"{reason} Use another provider, leave `provider` out, or use a test key.", retryable=False
    )


def is_local(provider: Provider) -> bool:
    """Whether the provider runs on this machine alone."""
    return all(route.backend == LOCAL for route in provider.routes)


def health_keys(
    availability: RouteAvailability, provider: Provider, *, test_mode: bool
) -> list[tuple[str, str | None]]:
    """Return the keys of the configured routes in the health monitor."""
    return [(route.backend, route.model) for route in availability.configured_routes(provider, test_mode=test_mode)]


def unavailable_modes(
    availability: RouteAvailability, provider: Provider, *, test_mode: bool, now: datetime
) -> list[str]:
    """Return the modes that no configured and healthy route serves."""
    usable = [
        route
        for route in availability.configured_routes(provider, test_mode=test_mode)
        if test_mode or availability.is_healthy(route, now=now)
    ]
    return [mode for mode in provider.modes if not any(not route.modes or mode in route.modes for route in usable)]


def has_healthy_route(availability: RouteAvailability, provider: Provider, *, test_mode: bool, now: datetime) -> bool:
    """Whether the breaker of a configured route lets a job through; simulations of test keys have no breaker."""
    routes = availability.configured_routes(provider, test_mode=test_mode)
    return test_mode or any(availability.is_healthy(route, now=now) for route in routes)


def _missing(availability: RouteAvailability, provider: Provider, *, test_mode: bool) -> str | None:
    """Return what has to be configured before the provider can be used, as a sentence, or None."""
    if availability.configured_routes(provider, test_mode=test_mode):
        return None
    if test_mode:
        missing = availability.backends.test.unavailable_because()
        return f"{provider.name} is not available with a test key on this server: {missing}."
    return (
        f"{provider.name} is not available on this server: {missing_settings(availability.backends, provider.routes)}."
    )


def missing_settings(backends: Backends, routes: Iterable[Route]) -> str:
    """Return which settings the backends of the routes lack, as a clause."""
    names = list(dict.fromkeys(route.backend for route in routes))
    settings = [setting for name in names if (setting := backends.unavailable_because(name)) is not None]
    return all_missing(settings) if settings else f"this release cannot call {_either(names)} yet"


def _either(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
