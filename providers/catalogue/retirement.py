"""Models and routes that upstreams retire soon, or have retired. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from providers.catalogue.model import Catalogue

NOTICE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Retirement:
    """A model of a provider that its upstream retires, or has retired."""

    provider: str
    backend: str | None
    """The backend of the route; None for a model that clients select."""
    model: str | None
    retires_on: date
    replaced_by: str | None
    is_retired: bool

    def describe(self) -> str:
        """Return a sentence for a log or a report."""
        where = f"{self.provider}: the model {self.model}" + (f" of {self.backend}" if self.backend else "")
        verb = "was retired" if self.is_retired else "will be retired"
        replacement = f"; it is replaced by {self.replaced_by}" if self.replaced_by else ""
        return f"{where} {verb} on {self.retires_on.isoformat()}{replacement}."


def retirements(catalogue: Catalogue, *, today: date, notice: timedelta = NOTICE) -> list[Retirement]:
    """Return what retires within the notice period or has retired, in order of date. A retired route is not used."""
    found = []
    for provider in catalogue.providers:
        dated = [(None, model.id, model.retires_on, None) for model in provider.models] + [
            (route.backend, route.model, route.retires_on, route.replaced_by) for route in provider.routes
        ]
        for backend, model, retires_on, replaced_by in dated:
            if retires_on is not None and retires_on <= today + notice:
                found.append(
                    Retirement(provider.id, backend, model, retires_on, replaced_by, is_retired=retires_on <= today)
                )
    unique = list(dict.fromkeys(found))  # several routes may share a model
    return sorted(unique, key=lambda one: (one.retires_on, one.provider, one.backend or "", one.model or ""))
