"""Checks of `doitong doctor` on the catalogue and the upstreams. No result contains a credential."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kit.clock import SystemClock
from kit.errors import DoitongError
from providers.backend import Backend, UpstreamBusy
from providers.catalogue import Catalogue
from providers.catalogue.retirement import retirements
from providers.definitions import DEFINITIONS, create_backends
from providers.submission_recovery import Recovery, recovery
from server.configured_catalogue import configured_catalogue
from server.given_settings import BadSetting
from server.settings import Settings

ONLINE_TIMEOUT = timedelta(seconds=15)  # of the check of one upstream; all are checked at the same time


class Mark(StrEnum):
    """The outcome of a check."""

    OK = "ok"
    MISSING = "missing"
    FAILED = "failed"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    mark: Mark
    subject: str
    detail: str | None = None


def check_upstreams(settings: Settings, *, online: bool, timeout: timedelta = ONLINE_TIMEOUT) -> list[Finding]:
    """Check the catalogue and every upstream of which a setting is given; with `online`, also the credentials."""
    return asyncio.run(find_upstream_problems(settings, online=online, time_limit=timeout))


async def find_upstream_problems(settings: Settings, *, online: bool, time_limit: timedelta) -> list[Finding]:
    """Return the results of all checks. `time_limit` is the time for the call to one upstream."""
    clock = SystemClock()
    backends = create_backends(settings.backends, clock=clock)
    configured = [name for name in _configured(settings.backends) if name in backends]
    usable = {name: backends[name] for name in configured if backends[name].unavailable_because() is None}
    try:
        checks = (
            {name: _check_credentials(name, one, time_limit=time_limit) for name, one in usable.items()}
            if online
            else {}
        )
        findings = dict(zip(checks, await asyncio.gather(*checks.values()), strict=True))
    finally:
        await asyncio.gather(*(backend.aclose() for backend in backends.values()))
    states = [findings.get(name) or _state(name, backends[name]) for name in configured]
    try:
        catalogue = configured_catalogue(settings)
    except BadSetting as error:
        return [Finding(Mark.FAILED, "catalogue", str(error)), *states, *_without_callbacks(settings, usable)]
    return [
        Finding(Mark.OK, "catalogue", f"{len(catalogue.providers)} providers"),
        *(states or [Finding(Mark.OK, "upstreams", "none is configured; live keys use the local providers")]),
        *_without_routes(catalogue, usable),
        *_without_callbacks(settings, usable),
        *_without_defaults(catalogue, usable, settings.backends),
        *_retirements(catalogue, usable, today=clock.now().date()),
    ]


def _configured(settings: Mapping[str, str]) -> Sequence[str]:
    """Return the names of the upstreams of which a setting is given."""
    return [one.name for one in DEFINITIONS if any(setting.name in settings for setting in one.settings)]


def _state(name: str, backend: Backend) -> Finding:
    missing = backend.unavailable_because()
    return Finding(Mark.OK if missing is None else Mark.MISSING, f"upstream {name}", missing)


async def _check_credentials(name: str, backend: Backend, *, time_limit: timedelta) -> Finding:
    subject = f"upstream {name}"
    try:
        async with asyncio.timeout(time_limit.total_seconds()):
            is_proven = await backend.check_credentials()
    except TimeoutError:
        return Finding(Mark.FAILED, subject, f"no response within {time_limit.total_seconds():g} seconds")
    except DoitongError as error:
        return Finding(Mark.FAILED, subject, error.message)
    except UpstreamBusy as busy:
        return Finding(Mark.WARNING, subject, f"{busy.message} Its credentials were not checked.")
    return Finding(Mark.OK, subject, "credentials accepted" if is_proven else "no free call to check the credentials")


def _without_routes(catalogue: Catalogue, usable: Iterable[str]) -> list[Finding]:
    used = {route.backend for provider in catalogue.providers for route in provider.routes}
    return [
        Finding(
            Mark.WARNING, f"upstream {name}", "no provider of the catalogue uses it; add a route, docs/catalogue.md"
        )
        for name in usable
        if name not in used
    ]


def _without_callbacks(settings: Settings, usable: Mapping[str, Backend]) -> list[Finding]:
    """Warn of submissions that are lost because no upstream can call back."""
    names = [name for name, backend in usable.items() if recovery(backend) is Recovery.BY_CALLBACK]
    if settings.base_url is not None or not names:
        return []
    detail = (
        f"it is not set, so {', '.join(names)} cannot call back: a job whose submission got no response cannot be "
        "recovered. The generation fails, and you may have paid for it."
    )
    return [Finding(Mark.WARNING, "DOITONG_BASE_URL", detail)]


def _without_defaults(catalogue: Catalogue, usable: Iterable[str], given: Mapping[str, str]) -> list[Finding]:
    """Warn of settings without which a route serves only requests that name what the setting would."""
    names = set(usable)
    missing: dict[tuple[str, str], list[str]] = {}
    for provider in catalogue.providers:
        for route in provider.routes:
            for option, setting in route.default_settings.items():
                if route.backend in names and not given.get(setting):
                    missing.setdefault((setting, option), []).append(provider.id)
    return [
        Finding(
            Mark.WARNING,
            setting,
            f"it is not set, so requests to {', '.join(dict.fromkeys(providers))} have to give `{option}`",
        )
        for (setting, option), providers in missing.items()
    ]


def _retirements(catalogue: Catalogue, usable: Iterable[str], *, today: date) -> list[Finding]:
    """Warn of models that retire soon or have retired, of the upstreams that can be used."""
    names = {None, *usable}
    return [
        Finding(Mark.WARNING, "catalogue", one.describe())
        for one in retirements(catalogue, today=today)
        if one.backend in names
    ]
