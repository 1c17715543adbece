"""The resources of a running server, opened in order and closed in reverse."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from accounts.authentication import Authenticator
from generations.execution.health_history import restore_health
from generations.execution.wake_throttle import WakeThrottle
from generations.services import Services
from kit.clock import AdjustedClock, Clock
from media.avif_conversion import AvifConverter
from media.signed_urls import MediaLinks, UrlSigner
from media.store import MediaStore
from media.uploads import Uploads
from providers.backend import Backend
from server.roles.api import open_api
from server.roles.shared import open_shared
from server.roles.worker import start_worker
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Runtime:
    """The resources that requests use."""

    services: Services
    authenticator: Authenticator
    signer: UrlSigner
    links: MediaLinks
    store: MediaStore
    uploads: Uploads
    avif_converter: AvifConverter
    wake_throttle: WakeThrottle
    is_queue_ready: Callable[[], bool]
    """Whether this process has the queue that its role needs; true in an API process, which needs none."""


@asynccontextmanager
async def open_runtime(
    settings: Settings,
    *,
    own_url: Callable[[], str],
    clock: Clock | None = None,
    backends: Mapping[str, Backend] | None = None,
) -> AsyncIterator[Runtime]:
    """Open what the role of this process needs, and start the unfinished generations if it runs them.

    `own_url` returns the base URL of this server for links in webhooks; `backends` are added to the built-in ones.
    """
    async with AsyncExitStack() as stack:
        shared = await open_shared(
            stack, settings, own_url=own_url, clock=clock or AdjustedClock(), backends=backends or {}
        )
        if settings.role.runs_generations:
            await start_worker(stack, shared)
        else:
            await restore_health(shared.services)
        api = await open_api(stack, settings, shared)
        yield Runtime(
            services=shared.services,
            authenticator=api.authenticator,
            signer=shared.signer,
            links=shared.links,
            store=shared.library.store,
            uploads=api.uploads,
            avif_converter=api.avif_converter,
            wake_throttle=api.wake_throttle,
            is_queue_ready=lambda: shared.queue.is_consuming or not settings.role.runs_generations,
        )
