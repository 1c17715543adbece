"""Everything that lives as long as the server: opened in order, closed in reverse."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import ip_network

from accounts.authentication import Authenticator
from database.claim import ClaimWatch
from database.open import open_database
from database.transaction import Database, DatabaseUnavailable
from generations import repository
from generations.execution.advance import advance
from generations.execution.queue import EmbeddedQueue
from generations.execution.reconcile import catch_up_forever
from generations.execution.wake_throttle import WakeThrottle
from generations.generation import Generation
from generations.services import Backends, Services
from generations.sweep import sweep_forever
from kit.clock import Clock, SystemClock
from kit.events import Hub
from kit.outbound import SafeHttpClient
from media.probe import Prober
from media.retention import clear_pins
from media.signed_url import UrlSigner
from media.store import MediaStore
from media.uploads import Uploads
from media.variants import VariantMaker
from providers.backend import Backend
from providers.catalogue import load_catalogue
from providers.test_mode import SimulatedBackend
from server.library import MediaLibrary, open_store
from server.settings import Settings
from studio.backend import LocalBackend
from studio.render_pool import RenderPool
from webhooks.dispatcher import Dispatcher
from webhooks.event import Link

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@dataclass(frozen=True, slots=True)
class Runtime:
    """What requests are served with. Once the `claim` on the database is lost, they must not be served any more."""

    services: Services
    authenticator: Authenticator
    signer: UrlSigner
    store: MediaStore
    uploads: Uploads
    variants: VariantMaker
    wake_throttle: WakeThrottle
    claim: ClaimWatch


@asynccontextmanager
async def open_runtime(
    settings: Settings,
    *,
    own_url: Callable[[], str],
    clock: Clock | None = None,
    backends: Mapping[str, Backend] | None = None,
) -> AsyncIterator[Runtime]:
    """Open all of it and take up the work that was left unfinished.

    `own_url` is what receivers of webhooks reach this server under; `backends` are those there are beside our own.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        database = await open_database(settings.database_url)
        stack.push_async_callback(database.close)
        await database.claim()
        queue = EmbeddedQueue(clock)
        guard = _guard(settings)
        library = await _open_library(stack, settings, guard, database, clock)
        signer = UrlSigner(settings.secret, base_url="")
        dispatcher = Dispatcher(database, clock, guard, partial(_sign_link, signer, clock, own_url))
        own = await _open_backends(stack, settings, queue, clock)
        services = Services(
            database=database,
            clock=clock,
            catalogue=load_catalogue(),
            backends=replace(own, live={**own.live, **(backends or {})}),
            queue=queue,
            hub=Hub[Generation](),
            outbox=dispatcher.outbox,
            library=library,
            workspace=settings.data_directory / "inputs",
            secret=settings.secret,
            public_url=settings.base_url,
            retention_days=settings.retention_days,
        )
        await _begin_work(stack, services, queue)
        await _begin_telling(stack, dispatcher)
        yield await _runtime(stack, settings, services, library, signer)


async def _runtime(
    stack: AsyncExitStack, settings: Settings, services: Services, library: MediaLibrary, signer: UrlSigner
) -> Runtime:
    # Apart from the one that outputs go through: what clients send may take its time.
    prober = await stack.enter_async_context(Prober())
    database, clock = services.database, services.clock
    wake_throttle = WakeThrottle(services.queue.wake, clock)
    stack.callback(wake_throttle.close)
    claim = ClaimWatch(database, clock)
    stack.callback(asyncio.create_task(claim.run()).cancel)
    return Runtime(
        services=services,
        authenticator=_open_authenticator(stack, settings, database, clock),
        signer=signer,
        store=library.kept,
        uploads=Uploads(library.kept, prober, database, clock, library.incoming),
        variants=VariantMaker(library.kept, prober, database, clock, library.incoming),
        wake_throttle=wake_throttle,
        claim=claim,
    )


async def _begin_work(stack: AsyncExitStack, services: Services, queue: EmbeddedQueue) -> None:
    """Take up what was left unfinished, and sweep every now and then."""
    database = services.database
    await database.transact(clear_pins)
    queue.resume(partial(advance, services), await database.read(repository.active_ids))
    stack.push_async_callback(queue.close)
    for work in (sweep_forever(services), catch_up_forever(services, queue)):
        stack.callback(asyncio.create_task(work).cancel)


def _open_authenticator(stack: AsyncExitStack, settings: Settings, database: Database, clock: Clock) -> Authenticator:
    authenticator = Authenticator(database, secret=settings.secret, clock=clock)

    async def save_last_uses() -> None:
        with suppress(DatabaseUnavailable):  # when a key was last used is not worth failing for
            await authenticator.save_uses()

    stack.push_async_callback(save_last_uses)
    saving = asyncio.create_task(authenticator.save_uses_forever())
    stack.callback(saving.cancel)
    return authenticator


def _guard(settings: Settings) -> SafeHttpClient:
    """What may be fetched: the public internet, and in development this machine too."""
    return SafeHttpClient(allow=LOOPBACK, allow_http=True) if settings.dev else SafeHttpClient()


async def _begin_telling(stack: AsyncExitStack, dispatcher: Dispatcher) -> None:
    """Deliver what is due until the end; what is under way then is delivered after the next start."""
    dispatching = asyncio.create_task(dispatcher.run(), name="webhooks")

    async def stop() -> None:
        dispatching.cancel()
        await asyncio.gather(dispatching, return_exceptions=True)

    stack.push_async_callback(stop)


def _sign_link(signer: UrlSigner, clock: Clock, own_url: Callable[[], str], link: Link) -> str | None:
    """The address of a file for a receiver of webhooks; none once it is no longer kept."""
    if link.expires_at <= clock.now():
        return None
    return own_url() + signer.sign(link.key, expires_at=link.expires_at, filename=link.filename)


async def _open_library(
    stack: AsyncExitStack, settings: Settings, guard: SafeHttpClient, database: Database, clock: Clock
) -> MediaLibrary:
    return await stack.enter_async_context(
        MediaLibrary.open(
            store=open_store(settings),
            guard=guard,
            incoming=settings.data_directory / "incoming",
            database=database,
            clock=clock,
        )
    )


async def _open_backends(stack: AsyncExitStack, settings: Settings, queue: EmbeddedQueue, clock: Clock) -> Backends:
    pool = await stack.enter_async_context(
        RenderPool(
            size=settings.render_workers,
            directory=settings.data_directory / "renders",
            voices=settings.voices,
            cache=settings.models,
        )
    )
    local = LocalBackend(pool, wake=queue.wake, clock=clock)
    stack.push_async_callback(local.aclose)
    simulated = SimulatedBackend(local, wake=queue.wake, clock=clock)
    stack.push_async_callback(simulated.aclose)
    return Backends(live={local.name: local}, test=simulated)
