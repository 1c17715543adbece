"""Resolvers of the provider catalogue."""

from accounts.principal import Scope, require_scope
from generations.routing.availability import health_keys, unavailable_modes, unavailable_reason
from providers import catalogue
from providers.backend import GenerationType
from resolvers.context import Info
from schema.provider import Provider


def resolve_provider(info: Info, provider: catalogue.Provider) -> Provider:
    """Return a provider with its availability for the caller."""
    context = info.context
    require_scope(context.principal, Scope.READ)
    context.sources.uses_providers = True
    services, test_mode = context.services, context.principal.test_mode
    availability, now = services.route_availability, services.clock.now()
    return Provider.from_model(
        provider,
        unavailable_reason=unavailable_reason(availability, provider, test_mode=test_mode, now=now),
        unavailable_modes=unavailable_modes(availability, provider, test_mode=test_mode, now=now),
        health=services.health.health(health_keys(availability, provider, test_mode=test_mode), now=now),
        today=now.date(),
    )


def resolve_providers(info: Info, type: GenerationType | None) -> list[Provider]:
    """Return the providers of a type, or all of them."""
    return [resolve_provider(info, provider) for provider in info.context.services.catalogue.of_type(type)]
