"""Upstreams that are described by data: submit a job, poll its state, fetch its outputs."""

from collections.abc import Sequence
from functools import partial

from providers.backends.http_task.authorization import key_settings
from providers.backends.http_task.backend import HttpTaskBackend
from providers.backends.http_task.loading import load_specs
from providers.backends.http_task.spec import Spec
from providers.settings import BackendContext, BackendDefinition, base_url


def definition(spec: Spec) -> BackendDefinition:
    """Return the backend of a spec."""
    prefix = spec.name.upper()
    urls = [base_url(prefix, spec.base_url)]
    urls += [base_url(f"{prefix}_{host.upper()}", url) for host, url in spec.hosts.items()]
    return BackendDefinition(spec.name, spec.title, [*key_settings(spec), *urls], partial(_create, spec))


def _create(spec: Spec, context: BackendContext) -> HttpTaskBackend:
    return HttpTaskBackend(spec, definition(spec), context)


DEFINITIONS: Sequence[BackendDefinition] = tuple(definition(spec) for spec in load_specs())
