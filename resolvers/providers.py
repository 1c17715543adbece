"""Resolvers of the provider catalogue."""

from accounts.principal import Scope, require_scope
from generations.routing.provider_availability import ProviderAvailability
from providers import catalogue
from providers.backend import GenerationType
from resolvers.context import Info
from schema.provider import Provider


def resolve_provider(info: Info, provider: catalogue.Provider) -> Provider:
    """Return a provider with its availability for the caller."""
    context = info.context
    require_scope(context.principal, Scope.READ)
    context.dependencies.uses_providers = True
    services, test_mode = context.services, context.principal.test_mode
    return Provider(
        availability=ProviderAvailability(services.route_availability, provider, test_mode, services.clock.now())
    )


def resolve_providers(info: Info, type: GenerationType | None) -> list[Provider]:
    """Return the providers of a type, or all of them."""
    return [resolve_provider(info, provider) for provider in info.context.services.catalogue.of_type(type)]
