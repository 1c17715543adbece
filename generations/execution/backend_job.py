"""The backend of a generation, its backend job and its callback URL."""

from collections.abc import Mapping
from pathlib import Path

from generations.generation import Generation
from generations.services import Services
from kit.tokens import derived_token
from providers.backend import Backend, Job

CALLBACKS = "/internal/upstream"
TOKEN_PREFIX = "cb_"  # noqa: S105


def backend_of(services: Services, current: Generation) -> Backend:
    """Return the backend that the generation was dispatched to."""
    if current.route is None:
        raise LookupError(f"{current.id} has no route yet")
    return services.backends.get(current.route.backend, test_mode=current.test_mode)


def job_of(services: Services, current: Generation, files: Mapping[str, Path]) -> Job:
    """Return the job that is passed to every backend call for this generation."""
    return Job(
        id=current.id,
        type=current.type,
        provider=current.provider,
        model=current.route.model if current.route else None,
        input=current.input,
        options=current.options,
        seed=current.seed,
        files=files,
        test_mode=current.test_mode,
        callback_url=_callback_url(services, current),
    )


def callback_token(secret: bytes, *, backend: str, generation_id: str) -> str:
    """Return the token that authenticates the callback URL; derived, not stored."""
    return derived_token(TOKEN_PREFIX, secret, f"callback/{backend}/{generation_id}")


def _callback_url(services: Services, current: Generation) -> str | None:
    if services.public_url is None or current.route is None or not backend_of(services, current).takes_callbacks:
        return None
    backend = current.route.backend
    token = callback_token(services.secret, backend=backend, generation_id=current.id)
    return f"{services.public_url}{CALLBACKS}/{backend}/{current.id}/{token}"
