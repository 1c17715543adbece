"""Whether a provider can be used now, in which modes, and its health."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from generations.routing.availability import RouteAvailability, health_keys, unavailable_modes, unavailable_reason
from providers.catalogue import Provider
from providers.health import Health


@dataclass(frozen=True)
class ProviderAvailability:
    """The availability of a provider at a time, for live or test keys. Each part is computed at its first use."""

    routes: RouteAvailability
    provider: Provider
    test_mode: bool
    now: datetime

    @cached_property
    def unavailable_reason(self) -> str | None:
        return unavailable_reason(self.routes, self.provider, test_mode=self.test_mode, now=self.now)

    @cached_property
    def unavailable_modes(self) -> list[str]:
        return unavailable_modes(self.routes, self.provider, test_mode=self.test_mode, now=self.now)

    @cached_property
    def health(self) -> Health:
        keys = health_keys(self.routes, self.provider, test_mode=self.test_mode)
        return self.routes.health.health(keys, now=self.now)
