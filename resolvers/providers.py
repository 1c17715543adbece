"""The catalogue, with what is available to this key."""

from accounts.keys import Scope, require_scope
from generations.routing import unavailable_reason
from providers import catalogue
from providers.backend import GenerationType
from resolvers.context import Info
from schema.provider import Provider


def resolve_provider(info: Info, provider: catalogue.Provider) -> Provider:
    """One provider as the caller may use it."""
    context = info.context
    require_scope(context.principal, Scope.READ)
    services, test_mode = context.services, context.principal.test_mode
    return Provider.from_model(
        provider,
        unavailable_reason=unavailable_reason(services.backends, provider, test_mode=test_mode),
        today=services.clock.now().date(),
    )


def resolve_providers(info: Info, type: GenerationType | None) -> list[Provider]:
    """Every provider of a type, or of all."""
    return [resolve_provider(info, provider) for provider in info.context.services.catalogue.of_type(type)]
