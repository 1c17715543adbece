"""Every backend against its upstream's emulator on a real socket, from acceptance to the settled credits."""

import asyncio
import ssl
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
from generations.execution.advance import advance
from generations.execution.step_signal import StepSignal
from generations.generation import DEADLINES, Generation, Status
from kit.errors import ErrorCode
from kit.outbound import SafeHttpClient
from media.disk import DiskStore
from media.library import MediaLibrary
from media.pinned_store import PinnedStore
from providers.registry import Backends
from providers.settings import BackendContext
from tests.emulators.app import EmulatedUpstreams
from tests.emulators.base import Emulator, Scenario
from tests.emulators.serving import EmulatorServer, emulator_server
from tests.support.awaits import cancel_at
from tests.support.controllable_upstream import ControllableUpstream
from tests.support.ledger_invariants import check_all_settled, check_ledger
from tests.support.manual_clock import ManualClock
from tests.support.services import build_services
from tests.support.upstream_kits import KITS, UpstreamKit
from tests.support.use_case_harness import UseCaseHarness

pytestmark = pytest.mark.anyio

TLS = ssl.create_default_context()
LOOPBACK = (ip_network("127.0.0.0/8"),)
CREDITS = 100_000
MAX_STEPS = 200  # moves of the clock until a generation has ended
SECONDS_PER_STEP = 4
TIMEOUT = 60  # seconds of real time

COMPLETED = (Status.COMPLETED, None)
OUTCOMES: dict[Scenario, tuple[Status, ErrorCode | None]] = {
    Scenario.HAPPY: COMPLETED,
    Scenario.SLOW: COMPLETED,
    Scenario.MODERATED_AT_SUBMISSION: (Status.FAILED, ErrorCode.CONTENT_VIOLATION),
    Scenario.MODERATED_LATER: (Status.FAILED, ErrorCode.CONTENT_VIOLATION),
    Scenario.INVALID_INPUT: (Status.FAILED, ErrorCode.INVALID_INPUT),
    Scenario.FAILED_LATER: (Status.FAILED, ErrorCode.GENERATION_FAILED),
    Scenario.BUSY_ONCE: COMPLETED,
    Scenario.BUSY_WITHOUT_RETRY_AFTER: COMPLETED,
    Scenario.BILLING_AS_429: (Status.FAILED, ErrorCode.PROVIDER_UNAVAILABLE),
    Scenario.UNAUTHORIZED: (Status.FAILED, ErrorCode.PROVIDER_UNAVAILABLE),
    Scenario.UNAVAILABLE_ONCE: COMPLETED,
    Scenario.POLL_ERROR_ONCE: COMPLETED,
    Scenario.EMPTY_SUCCESS: (Status.FAILED, ErrorCode.GENERATION_FAILED),
    Scenario.OUTPUT_EXPIRED: (Status.FAILED, ErrorCode.GENERATION_FAILED),
    Scenario.OUTPUT_UNAVAILABLE_ONCE: COMPLETED,
    Scenario.OUTPUT_TRUNCATED: (Status.FAILED, ErrorCode.GENERATION_FAILED),
    Scenario.OUTPUT_WRONG_TYPE: (Status.FAILED, ErrorCode.GENERATION_FAILED),
    Scenario.FOREIGN_STATUS_URL: (Status.FAILED, ErrorCode.GENERATION_FAILED),
}


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
                if not row.active:
                    return row
                self.use_cases.clock.move(SECONDS_PER_STEP)
        raise AssertionError(f"{generation_id} has not ended: {row}")

    async def settle(self) -> None:
        while self.use_cases.queue.at_work:
            await self.use_cases.database.read(lambda _: None)

    async def load(self, generation_id: str) -> Generation:
        row = await self.use_cases.database.read(lambda c: repository.load(c, generation_id))
        assert row is not None
        return row

    async def restart(self) -> None:
        """Start again with nothing but the database and the files."""
        await self.use_cases.kill()
        for backend in self.use_cases.services.backends.live.values():
            await backend.aclose()
        self.use_cases.services = replace(self.use_cases.services, backends=self._backends())
        self.use_cases.start()
        await self.use_cases.resume()

    def _backends(self) -> Backends:
        settings = self.kit.settings_at(self.emulator.url, self.directory)
        backend = self.kit.definition.create(BackendContext(settings, self.use_cases.clock, TLS))
        assert backend.missing_setting() is None
        return Backends(live={backend.name: backend}, test=ControllableUpstream())

    async def check_books(self) -> None:
        await self.use_cases.database.read(check_ledger)
        await self.use_cases.database.read(check_all_settled)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[EmulatorServer]:
    async with emulator_server() as server:
        yield server


@pytest.fixture(scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MediaLibrary]:
    """A library whose prober is shared by all tests; each gives it a database of its own."""
    folder = tmp_path_factory.mktemp("library")
    database = await open_database(f"sqlite:///{folder / 'unused.db'}")
    opened = MediaLibrary.open(
        store=DiskStore(folder / "store"),
        http_client=SafeHttpClient(allow=LOOPBACK, allow_http=True, tls=TLS),
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
    emulator = kit.emulator(f"{server.url}/{prefix}", scenario=scenario)
    server.application = EmulatedUpstreams(server.url, {prefix: [emulator]}) if prefix else emulator.asgi()
    clock = clock or ManualClock()
    database: Database = await open_database(f"sqlite:///{directory / 'trial.db'}")
    unused = ControllableUpstream()
    own_library = stored_in(library, database, clock)
    services = build_services(database, clock, unused, workspace=directory / "inputs", library=own_library)
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


CASES = [
    pytest.param(kit, scenario, id=f"{kit.name}-{scenario}")
    for kit in KITS
    for scenario in OUTCOMES
    if scenario not in kit.absent
]


@pytest.mark.parametrize(("kit", "scenario"), CASES)
async def test_every_scenario_ends_as_documented_and_buys_once(
    kit: UpstreamKit, scenario: Scenario, server: EmulatorServer, library: MediaLibrary, tmp_path: Path
) -> None:
    async with open_trial(kit, scenario, server, library, tmp_path) as trial:
        owner = await trial.use_cases.create_account(credits=CREDITS)
        ended = await trial.run(owner)

        assert (ended.status, ended.error.code if ended.error else None) == OUTCOMES[scenario]
        assert trial.emulator.purchases.total() <= 1
        balance = await trial.use_cases.balance(owner)
        assert balance.held == 0
        assert balance.spent == (ended.credit_cost if ended.status is Status.COMPLETED else 0)
        await trial.check_books()


@pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.name)
async def test_an_upstream_below_a_prefix_works_as_at_the_root(
    kit: UpstreamKit, server: EmulatorServer, library: MediaLibrary, tmp_path: Path
) -> None:
    async with open_trial(kit, Scenario.HAPPY, server, library, tmp_path, prefix=kit.name) as trial:
        ended = await trial.run(await trial.use_cases.create_account(credits=CREDITS))

        assert ended.status is Status.COMPLETED
        assert trial.emulator.purchases.total() == 1


async def test_a_job_is_submitted_although_time_passes_between_two_readings_of_the_clock(
    server: EmulatorServer, library: MediaLibrary, tmp_path: Path
) -> None:
    async with open_trial(KITS[0], Scenario.HAPPY, server, library, tmp_path, clock=TickingClock()) as trial:
        ended = await trial.run(await trial.use_cases.create_account(credits=CREDITS))

        assert ended.status is Status.COMPLETED
        assert trial.emulator.purchases.total() == 1


@pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.name)
@pytest.mark.parametrize("scenario", [Scenario.LOST_ANSWER, Scenario.SERVER_ERROR_ONCE])
async def test_a_job_without_a_response_is_never_bought_twice(
    kit: UpstreamKit, scenario: Scenario, server: EmulatorServer, library: MediaLibrary, tmp_path: Path
) -> None:
    async with open_trial(kit, scenario, server, library, tmp_path) as trial:
        owner = await trial.use_cases.create_account(credits=CREDITS)
        ended = await trial.run(owner)

        assert trial.emulator.purchases.total() <= 1
        if scenario is Scenario.LOST_ANSWER:
            assert (ended.status is Status.COMPLETED) is kit.finds_jobs
        if ended.status is Status.FAILED:
            assert ended.error is not None
            assert ended.error.code is ErrorCode.GENERATION_FAILED
            assert ended.attempts[-1]["outcome"] == "lost"
        assert (await trial.use_cases.balance(owner)).held == 0
        await trial.check_books()


@pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.name)
async def test_a_worker_killed_at_any_await_never_buys_twice(
    kit: UpstreamKit, server: EmulatorServer, library: MediaLibrary, tmp_path: Path
) -> None:
    step, ended = 0, False
    async with open_trial(kit, Scenario.HAPPY, server, library, tmp_path) as trial:
        while not ended:
            trial.emulator.purchases.clear()
            owner = await trial.use_cases.create_account(credits=CREDITS)
            await trial.use_cases.kill()
            accepted = await trial.use_cases.accept(owner, trial.kit.request)
            ended = await cancel_at(step, _run_steps(trial, accepted.id))
            await trial.restart()
            row = await trial.finish(accepted.id)

            assert trial.emulator.purchases.total() <= 1
            lost = row.status is Status.FAILED and row.attempts[-1]["outcome"] == "lost"
            assert row.status is Status.COMPLETED or lost
            await trial.check_books()
            step += 1 if step < 40 else 5
        assert row.status is Status.COMPLETED


async def _run_steps(trial: UpstreamTrial, generation_id: str) -> None:
    """Run the steps of a generation one after the other, as the queue does, without waiting between them."""
    services = trial.use_cases.services
    for _ in range(MAX_STEPS):
        due = await advance(services, generation_id, StepSignal())
        if due is None:
            return
        trial.use_cases.clock.move((due - trial.use_cases.clock.now()).total_seconds())


@pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.name)
async def test_no_credential_is_in_a_row_or_on_a_foreign_host(
    kit: UpstreamKit, server: EmulatorServer, library: MediaLibrary, tmp_path: Path
) -> None:
    secrets = [value for name, value in kit.settings.items() if "KEY" in name]
    async with open_trial(kit, Scenario.UNAUTHORIZED, server, library, tmp_path) as trial:
        owner = await trial.use_cases.create_account(credits=CREDITS)
        ended = await trial.run(owner)

        assert not [secret for secret in secrets if secret in repr(ended)]


def test_deadlines_leave_room_for_the_steps() -> None:
    assert min(DEADLINES.values()).total_seconds() > MAX_STEPS * SECONDS_PER_STEP
