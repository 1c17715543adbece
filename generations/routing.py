"""Provider selection by priority, and the open routes of a provider."""

from collections.abc import Iterable, Mapping
from datetime import date

from generations.generation import Priority
from kit.errors import DoitongError, ProviderUnavailable
from providers.backend import GenerationType
from providers.catalogue import Catalogue, Provider, Route, typical_price
from providers.registry import Backends

LOCAL = "local"
# The weights of quality, speed and price.
WEIGHTS: Mapping[Priority, tuple[float, float, float]] = {
    Priority.BALANCED: (1.0, 1.0, 1.0),
    Priority.QUALITY: (1.0, 0.1, 0.1),
    Priority.SPEED: (0.1, 1.0, 0.1),
    Priority.COST: (0.1, 0.1, 1.0),
}


def available_routes(backends: Backends, provider: Provider, *, test_mode: bool) -> tuple[Route, ...]:
    """Return the usable routes, best first; a test key runs everything on the local backend."""
    if test_mode:
        return (Route(backend=LOCAL, model=provider.id),) if backends.test.missing_setting() is None else ()
    return tuple(route for route in provider.routes if backends.is_configured(route.backend))


def unavailable_reason(backends: Backends, provider: Provider, *, test_mode: bool) -> str | None:
    """Return why the provider is unavailable and what is missing, or None."""
    if available_routes(backends, provider, test_mode=test_mode):
        return None
    if test_mode:
        return f"{provider.name} is not available with a test key on this server: {backends.test.missing_setting()}."
    names = dict.fromkeys(route.backend for route in provider.routes)
    settings = [setting for name in names if (setting := backends.missing_setting(name)) is not None]
    missing = _either(settings) if settings else f"this release cannot call {_either(names)} yet"
    return f"{provider.name} is not available on this server: {missing}."


def require_available(backends: Backends, provider: Provider, *, test_mode: bool) -> None:
    """Raise `ProviderUnavailable` unless the provider has an open route. It is not retryable: waiting does not help."""
    reason = unavailable_reason(backends, provider, test_mode=test_mode)
    if reason is None:
        return
    if test_mode:
        raise ProviderUnavailable(reason, retryable=False)
    if backends.test.missing_setting() is not None:
        raise ProviderUnavailable(f"{reason} Use another provider, or leave `provider` out.", retryable=False)
    raise ProviderUnavailable(
        f"{reason} Use another provider, leave `provider` out, or use a test key.", retryable=False
    )


def candidates(
    catalogue: Catalogue, backends: Backends, *, type: GenerationType, priority: Priority, test_mode: bool, today: date
) -> list[Provider]:
    """Return the available providers of a type, best first for this priority."""
    available = [
        provider
        for provider in catalogue.of_type(type)
        if available_routes(backends, provider, test_mode=test_mode) and _is_meant_for(provider, test_mode=test_mode)
    ]
    if not available:
        raise ProviderUnavailable(_no_provider(backends, type, test_mode=test_mode), retryable=False)
    cheapest = min(typical_price(provider, today) for provider in available)

    def score(provider: Provider) -> tuple[float, str]:
        quality, speed, cheap = WEIGHTS[priority]
        cheapness = cheapest / typical_price(provider, today)
        return (-(quality * provider.quality + speed * provider.speed + cheap * cheapness), provider.id)

    return sorted(available, key=score)


def is_local(provider: Provider) -> bool:
    """Whether the provider runs on this machine alone."""
    return all(route.backend == LOCAL for route in provider.routes)


def may_fall_back(error: DoitongError) -> bool:
    """Whether another route may be tried after this error: never after a content violation."""
    return isinstance(error, ProviderUnavailable)


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
