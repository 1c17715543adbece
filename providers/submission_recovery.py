"""How each backend finds its job after the response to a submission was lost."""

from enum import StrEnum

from providers.backend import Backend
from providers.backends.base import HttpBackend, SynchronousBackend
from providers.backends.http_task.backend import HttpTaskBackend


class Recovery(StrEnum):
    """The way in which a backend finds a job whose submission got no response."""

    BY_ID = "by ID"
    """By the ID that was sent with the submission."""
    BY_CALLBACK = "by callback"
    """By the callback of the upstream, which needs a public base URL of this server."""
    NONE = "not found"


def recovery(backend: Backend) -> Recovery:
    """Return the best recovery that the backend offers for any of its jobs."""
    if _finds_by_id(backend):
        return Recovery.BY_ID
    return Recovery.BY_CALLBACK if backend.takes_callbacks else Recovery.NONE


def _finds_by_id(backend: Backend) -> bool:
    if isinstance(backend, HttpTaskBackend):
        return any(endpoint.find is not None for endpoint in backend.spec.endpoints)
    inherited: tuple[object, ...] = (HttpBackend.find_job, SynchronousBackend.find_job)
    return type(backend).find_job not in inherited
