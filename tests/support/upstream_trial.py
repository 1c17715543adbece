"""The use cases over one backend, and its upstream's emulator on a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from accounts.principal import Principal
from database.open import open_database
from database.transaction import Database
from generations import repository
from generations.generation import Generation
from kit.outbound import SafeHttpClient
from media.disk import DiskStore
from media.library import MediaLibrary
from media.pinned_store import PinnedStore
from providers.catalogue import load_catalogue
from providers.registry import Backends
from providers.settings import BackendContext
from tests.emulators.app import EmulatedUpstreams
from tests.emulators.base import Emulator, Scenario
from tests.emulators.serving import EmulatorServer
from tests.support.controllable_upstream import ControllableUpstream
from tests.support.ledger_invariants import check_all_settled, check_ledger
from tests.support.manual_clock import ManualClock
from tests.support.round_trip import round_trip
from tests.support.services import build_services
from tests.support.upstream_kits import UpstreamKit
from tests.support.use_case_harness import UseCaseHarness

LOOPBACK = (ip_network("127.0.0.0/8"),)
MAX_STEPS = 200  # moves of the clock until a generation has ended
SECONDS_PER_STEP = 4
TIMEOUT = 60  # seconds of real time


class TickingClock(ManualClock):
    """A clock that moves on by a microsecond at every reading, as a real one does."""

    def now(self) -> datetime:
        self._now += timedelta(microseconds=1)
        return self._now


@dataclass
class UpstreamTrial:
    """The use cases over one backend, which is created again at every restart, and its emulator."""

    kit: UpstreamKit
    emulator: Emulator
    use_cases: UseCaseHarness
    directory: Path

    async def run(self, owner: Principal) -> Generation:
        """Accept a generation and run it to its end."""
        accepted = await self.use_cases.accept(owner, self.kit.request)
        return await self.finish(accepted.id)

    async def finish(self, generation_id: str) -> Generation:
        """Move the clock until nothing is left to do for the generation."""
        async with asyncio.timeout(TIMEOUT):
            for _ in range(MAX_STEPS):
                await self.settle()
                row = await self.load(generation_id)
                if not row.has_pending_work:
                    return row
                self.use_cases.clock.move(SECONDS_PER_STEP)
        raise AssertionError(f"{generation_id} has not ended: {row}")

    async def settle(self) -> None:
        while self.use_cases.queue.running_steps:
            await round_trip(self.use_cases.database)

    async def load(self, generation_id: str) -> Generation:
        row = await self.use_cases.database.read(lambda c: repository.load(c, generation_id))
        assert row is not None
        return row

    async def restart(self) -> None:
        """Restart the server: only the database and the files are kept."""
        await self.use_cases.kill()
        for backend in self.use_cases.services.backends.live.values():
            await backend.aclose()
        self.use_cases.services = replace(self.use_cases.services, backends=self._backends())
        self.use_cases.start()
        await self.use_cases.start_worker()

    def _backends(self) -> Backends:
        settings = self.kit.settings_at(self.emulator.url, self.directory)
        backend = self.kit.definition.create(BackendContext(settings, self.use_cases.clock))
        assert backend.unavailable_because() is None
        return Backends(live={backend.name: backend}, test=ControllableUpstream(), settings=settings)

    async def check_books(self) -> None:
        await self.use_cases.database.read(check_ledger)
        await self.use_cases.database.read(check_all_settled)


@pytest.fixture(scope="module")
async def upstream_library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MediaLibrary]:
    """A library whose prober is shared by all tests; each gives it a database of its own."""
    folder = tmp_path_factory.mktemp("library")
    database = await open_database(f"sqlite:///{folder / 'unused.db'}")
    opened = MediaLibrary.open(
        store=DiskStore(folder / "store"),
        http_client=SafeHttpClient(allowed_networks=LOOPBACK, allow_http=True),
        incoming=folder / "incoming",
        database=database,
        clock=ManualClock(),
    )
    async with opened as library:
        yield library
    await database.close()


@asynccontextmanager
async def open_trial(
    kit: UpstreamKit,
    scenario: Scenario,
    server: EmulatorServer,
    library: MediaLibrary,
    directory: Path,
    *,
    prefix: str = "",
    clock: ManualClock | None = None,
) -> AsyncIterator[UpstreamTrial]:
    """Serve the emulator at the root, or with the emulators of other upstreams below `/<prefix>`."""
    kit.settings_at(server.url, directory)
    emulator = kit.emulator(f"{server.url}/{prefix}", scenario=scenario)
    server.application = EmulatedUpstreams(server.url, {prefix: [emulator]}) if prefix else emulator.asgi()
    clock = clock or ManualClock()
    database: Database = await open_database(f"sqlite:///{directory / 'trial.db'}")
    unused = ControllableUpstream()
    own_library = stored_in(library, database, clock)
    services = build_services(database, clock, unused, workspace=directory / "inputs", library=own_library)
    if kit.catalogue:
        services = replace(services, catalogue=load_catalogue(directory / kit.catalogue))
    trial = UpstreamTrial(kit, emulator, UseCaseHarness(database, services, clock, unused, unused), directory)
    await trial.restart()
    try:
        yield trial
    finally:
        await trial.use_cases.kill()
        for backend in trial.use_cases.services.backends.live.values():
            await backend.aclose()
        await database.close()


def stored_in(library: MediaLibrary, database: Database, clock: ManualClock) -> MediaLibrary:
    """Return a library with the same prober and store for another database."""
    inner = DiskStore(library.incoming.parent / "store")
    return replace(library, store=PinnedStore(inner, database, clock), database=database, clock=clock)
