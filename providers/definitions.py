"""The upstream backends that a server can create."""

from collections.abc import Mapping, Sequence

from kit.clock import Clock
from providers.backend import Backend
from providers.backends import comfyui, elevenlabs, fal, google, heygen, http_task, openai_compatible, replicate, runway
from providers.settings import BackendContext, BackendDefinition, BackendSetting

DEFINITIONS: Sequence[BackendDefinition] = (
    comfyui.DEFINITION,
    elevenlabs.DEFINITION,
    fal.DEFINITION,
    google.DEFINITION,
    heygen.DEFINITION,
    openai_compatible.DEFINITION,
    replicate.DEFINITION,
    runway.DEFINITION,
    *http_task.DEFINITIONS,
)


def backend_settings() -> Mapping[str, BackendSetting]:
    """Return the settings of all backends by name."""
    return {setting.name: setting for definition in DEFINITIONS for setting in definition.settings}


def create_backends(given: Mapping[str, str], *, clock: Clock) -> dict[str, Backend]:
    """Create every backend, by name. One without its required settings says so in `unavailable_because`."""
    backends: dict[str, Backend] = {}
    for definition in DEFINITIONS:
        defaults = {setting.name: setting.default for setting in definition.settings if setting.default is not None}
        own = {setting.name: given[setting.name] for setting in definition.settings if setting.name in given}
        context = BackendContext(settings={**defaults, **own}, clock=clock)
        backends[definition.name] = definition.create(context)
    return backends
