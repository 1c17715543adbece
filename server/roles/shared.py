"""Resources of every role: database, media library, backends, queue, webhook dispatcher, services of the use cases."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from database.time_synchronization import TimeSynchronization
from database.transaction import Database
from generations.execution.queue import EmbeddedQueue, Queue, WorkerQueue
from generations.generation_cache import GenerationCache
from generations.services import Services
from kit.clock import AdjustedClock, Clock
from kit.logs import get_logger
from kit.outbound import SafeHttpClient
from kit.tls import check_certificates
from media.library import MediaLibrary
from media.signed_urls import MediaLinks, UrlSigner
from providers.backend import Backend
from providers.catalogue import Catalogue
from providers.catalogue.retirement import retirements
from providers.definitions import create_backends
from providers.registry import Backends
from providers.simulation import SimulatedBackend
from server.configured_catalogue import configured_catalogue
from server.configured_database import open_configured_database
from server.configured_media_store import open_configured_media_store
from server.data_directory import INPUTS, RENDERS, create_directories, media_directory
from server.media_location import check_media_directory
from server.node_directory import node_directory
from server.settings import Settings
from studio.backend import LocalBackend
from studio.render_pool import RenderPool
from webhooks.dispatcher import Dispatcher
from webhooks.event import LinkedFile
from webhooks.outbox import Outbox

INPUT_LINK_LIFETIME = timedelta(days=1)
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SharedResources:
    """Opened once per process. `queue` and `dispatcher` are started by the worker role."""

    services: Services
    queue: WorkerQueue
    dispatcher: Dispatcher
    library: MediaLibrary
    signer: UrlSigner
    links: MediaLinks


async def open_shared(
    stack: AsyncExitStack,
    settings: Settings,
    *,
    own_url: Callable[[], str],
    clock: Clock,
    backends: Mapping[str, Backend],
) -> SharedResources:
    """Open everything that both roles use, and lock the database on SQLite.

    `own_url` returns the base URL of this server for links in webhooks; `backends` are added to the built-in ones.
    """
    check_certificates()
    catalogue = configured_catalogue(settings)
    database = await _open_database(stack, settings, clock)
    node = _open_node_directory(stack, settings, database)
    http = SafeHttpClient(allowed_networks=LOOPBACK if settings.dev else (), allow_http=settings.dev)
    library = await _open_library(stack, settings, http, database, clock)
    signer = UrlSigner(settings.secret, base_url="")
    links = MediaLinks(signer, clock)
    queue, dispatcher = open_queue(database, clock), Dispatcher(database, clock, http, _link_signer(links, own_url))
    built_in = await _open_backends(stack, settings, queue, clock, catalogue, node / RENDERS)
    services = Services(
        database=database,
        clock=clock,
        catalogue=catalogue,
        backends=replace(built_in, live={**built_in.live, **backends}),
        queue=queue,
        generation_cache=_generation_cache(database),
        outbox=dispatcher.outbox if settings.role.runs_generations else Outbox(http.validate_url),
        library=library,
        disk_space=await asyncio.to_thread(create_directories, settings, node),
        workspace=node / INPUTS,
        secret=settings.secret,
        public_url=settings.base_url,
        input_url=_input_signer(settings, links, clock),
        retention_days=settings.retention_days,
    )
    _warn_of_retirements(services)
    return SharedResources(services, queue, dispatcher, library, signer, links)


def _generation_cache(database: Database) -> GenerationCache:
    """Return the cache of generations. It stays empty where other processes change them."""
    cache = GenerationCache()
    if not database.is_shared:
        database.change_listeners.append(cache.update)
    return cache


def open_queue(database: Database, clock: Clock) -> WorkerQueue:
    """Return the queue of the database: in memory for SQLite, which has one process, in the tables of PostgreSQL."""
    if database.is_shared:
        # Slow imports that SQLite does not need.
        from database.postgresql import PostgreSQL
        from generations.execution.postgresql_queue import PostgreSQLQueue

        if isinstance(database, PostgreSQL):
            return PostgreSQLQueue(database, clock)
    return EmbeddedQueue(clock)


async def _open_database(stack: AsyncExitStack, settings: Settings, clock: Clock) -> Database:
    database = await open_configured_database(settings)
    stack.push_async_callback(database.close)
    await database.lock_exclusively()
    if database.is_shared and settings.bucket is None:
        await check_media_directory(database, media_directory(settings))
    if isinstance(clock, AdjustedClock):
        await _synchronize_time(stack, database, clock)
    return database


async def _synchronize_time(stack: AsyncExitStack, database: Database, clock: AdjustedClock) -> None:
    """Set the clock to the time of the database, before anything uses it, and keep it so."""
    synchronization = TimeSynchronization(database, clock)
    await synchronization.adjust()
    stack.callback(asyncio.create_task(synchronization.run(), name="time").cancel)


def _open_node_directory(stack: AsyncExitStack, settings: Settings, database: Database) -> Path:
    """Return the directory of temporary files: the data directory, or one for each process that shares it."""
    return (
        stack.enter_context(node_directory(settings.data_directory)) if database.is_shared else settings.data_directory
    )


async def _open_library(
    stack: AsyncExitStack, settings: Settings, http: SafeHttpClient, database: Database, clock: Clock
) -> MediaLibrary:
    opening = MediaLibrary.open(
        store=open_configured_media_store(settings),
        http_client=http,
        incoming=settings.data_directory / "incoming",
        database=database,
        clock=clock,
    )
    return await stack.enter_async_context(opening)


def _warn_of_retirements(services: Services) -> None:
    """Log the models of configured backends that retire soon or have retired."""
    for one in retirements(services.catalogue, today=services.clock.now().date()):
        if one.backend is None or services.backends.is_configured(one.backend):
            logger.warning("model_retires", provider=one.provider, backend=one.backend, message=one.describe())


def _link_signer(links: MediaLinks, own_url: Callable[[], str]) -> Callable[[LinkedFile], str | None]:
    """Return a function that signs the links in webhooks."""

    def sign_link(link: LinkedFile) -> str | None:
        return links.url(own_url(), link.key, link.filename, link.expires_at)

    return sign_link


def _input_signer(settings: Settings, links: MediaLinks, clock: Clock) -> Callable[[str], str | None] | None:
    """Return a function that signs URLs of stored files for upstreams, if this server has a public URL."""
    base_url = settings.base_url
    if base_url is None:
        return None
    return lambda key: links.url(base_url, key, key.rpartition("/")[2], clock.now() + INPUT_LINK_LIFETIME)


async def _open_backends(
    stack: AsyncExitStack,
    settings: Settings,
    queue: Queue,
    clock: Clock,
    catalogue: Catalogue,
    renders: Path,
) -> Backends:
    is_worker = settings.role.runs_generations
    pool = await stack.enter_async_context(
        RenderPool(
            size=settings.render_workers if is_worker else 0,
            directory=renders,
            voices=settings.voices,
            cache=settings.speech_model_directory,
        )
    )
    local = LocalBackend(pool, wake=queue.wake, clock=clock, catalogue=catalogue, renders_here=is_worker)
    stack.push_async_callback(local.aclose)
    simulated = SimulatedBackend(local, wake=queue.wake, clock=clock)
    stack.push_async_callback(simulated.aclose)
    upstreams = create_backends(settings.backends, clock=clock)
    for upstream in upstreams.values():
        stack.push_async_callback(upstream.aclose)
    return Backends(live={local.name: local, **upstreams}, test=simulated, settings=settings.backends)
