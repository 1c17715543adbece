"""The HTTP clients of an upstream, one for each of its hosts."""

from providers.backends.http_task.authorization import authorize, secrets_of
from providers.backends.http_task.spec import Spec
from providers.http import UpstreamClient
from providers.settings import BackendContext


def client_of(spec: Spec, context: BackendContext, *, host: str | None) -> UpstreamClient:
    """Return the HTTP client of one of the spec's hosts; None is the base URL."""
    prefix = f"DOITONG_{spec.name.upper()}" + (f"_{host.upper()}" if host else "")
    default = spec.base_url if host is None else spec.hosts[host]
    return UpstreamClient(
        spec.title,
        context.settings.get(f"{prefix}_BASE_URL") or default,
        authorize(spec, context.settings, context.clock, host=host),
        origins=spec.origins if host is None else (),
        secrets=secrets_of(spec, context.settings),
    )
