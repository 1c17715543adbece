"""The registry of backends."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from providers.backend import Backend


@dataclass(frozen=True, slots=True)
class Backends:
    """The backends of live keys by name, and the simulated one for test keys."""

    live: Mapping[str, Backend]
    test: Backend
    settings: Mapping[str, str] = field(default_factory=dict)
    """The given settings of backends, by name."""

    def get(self, name: str, *, test_mode: bool) -> Backend | None:
        """Return the backend `name`, or the simulated one in test mode; None if there is no such backend."""
        return self.test if test_mode else self.live.get(name)

    def is_configured(self, name: str) -> bool:
        """Whether there is such a live backend with everything configured."""
        return name in self.live and self.live[name].unavailable_because() is None

    def unavailable_because(self, name: str) -> str | None:
        """Return what the live backend lacks, as a clause, if it exists and lacks something."""
        return self.live[name].unavailable_because() if name in self.live else None
