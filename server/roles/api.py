"""The API role: services that requests need in addition to the shared ones."""

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

from accounts.authentication import Authenticator
from database.transaction import Database, DatabaseUnavailable
from generations.execution.wake_throttle import WakeThrottle
from generations.remote_changes import RemoteChanges
from kit.clock import Clock
from media.avif_conversion import AvifConverter
from media.probe import Prober
from media.uploads import Uploads
from server.roles.shared import SharedResources
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Api:
    """Opened once per process that serves requests."""

    authenticator: Authenticator
    uploads: Uploads
    avif_converter: AvifConverter
    wake_throttle: WakeThrottle


async def open_api(stack: AsyncExitStack, settings: Settings, shared: SharedResources) -> Api:
    """Open the authenticator, the upload and variant services and the throttle of upstream callbacks."""
    # Not the prober of the outputs: probing what clients send may be slow.
    prober = await stack.enter_async_context(Prober())
    remote_changes = RemoteChanges(shared.services)
    remote_changes.start()
    stack.push_async_callback(remote_changes.close)
    database, clock, library = shared.services.database, shared.services.clock, shared.library
    throttle = WakeThrottle(shared.services.queue.wake, clock)
    stack.callback(throttle.close)
    return Api(
        authenticator=_open_authenticator(stack, settings, database, clock),
        uploads=Uploads(library.store, prober, database, clock, library.incoming, shared.services.disk_space),
        avif_converter=AvifConverter(library.store, prober, database, clock, library.incoming),
        wake_throttle=throttle,
    )


def _open_authenticator(stack: AsyncExitStack, settings: Settings, database: Database, clock: Clock) -> Authenticator:
    authenticator = Authenticator(database, secret=settings.secret, clock=clock)
    authenticator.listen()

    async def save_last_uses() -> None:
        with suppress(DatabaseUnavailable):  # when a key was last used is not worth failing for
            await authenticator.save_uses()

    stack.push_async_callback(save_last_uses)
    saving = asyncio.create_task(authenticator.save_uses_forever())
    stack.callback(saving.cancel)
    return authenticator
