"""A fault before and after every external call from acceptance to settlement: each step is atomic and resumable."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal

from database.open import open_database
from generations.generation import Status
from tests.faults.crash_trial import CrashTrial, Scenario
from tests.faults.scenarios import SCENARIOS
from tests.support.fault_injection import Fault, FaultInjector
from tests.support.postgres import PostgresDatabases
from tests.support.queues import InPostgreSQL, QueueKind
from tests.support.ram_directory import ram_directory

pytestmark = pytest.mark.anyio

EMBEDDED = [scenario.with_embedded_queue() for scenario in SCENARIOS]
EMBEDDED_POINTS = [(scenario, point) for scenario in EMBEDDED for point in scenario.fault_points]
SHARED_POINTS = [(scenario, point) for scenario in SCENARIOS for point in scenario.fault_points]


@pytest.fixture(scope="module")
def sqlite_file() -> Iterator[str]:
    """One database for all trials: each leaves it settled, and checks it as a whole."""
    with ram_directory() as folder:
        url = f"sqlite:///{folder / 'test.db'}"
        asyncio.run(_migrate(url))
        yield url


@pytest.fixture(scope="module")
def postgres_server(postgres_url: str, postgres_portal: BlockingPortal, migrated_postgres: str) -> Iterator[str]:
    databases = PostgresDatabases(postgres_url, postgres_portal)
    yield databases.create(template=migrated_postgres)
    databases.drop_all()


def scenario_id(value: object) -> str:
    return value.name if isinstance(value, Scenario) else str(value)


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize(("scenario", "point"), EMBEDDED_POINTS, ids=scenario_id)
async def test_every_step_is_atomic_on_sqlite(
    scenario: Scenario, point: str, fault: Fault, sqlite_file: str, tmp_path: Path
) -> None:
    await run_with_fault(scenario, point, fault, sqlite_file, tmp_path)


@pytest.mark.parametrize("fault", [Fault.RAISES, Fault.CRASHES])
@pytest.mark.parametrize(("scenario", "point"), SHARED_POINTS, ids=scenario_id)
async def test_every_step_is_atomic_on_postgresql(
    scenario: Scenario, point: str, fault: Fault, postgres_server: str, tmp_path: Path
) -> None:
    await run_with_fault(scenario, point, fault, postgres_server, tmp_path, queue=InPostgreSQL())


@pytest.mark.parametrize("scenario", SCENARIOS, ids=scenario_id)
async def test_a_scenario_on_postgresql_lists_all_its_fault_points(
    scenario: Scenario, postgres_server: str, tmp_path: Path
) -> None:
    injector = FaultInjector()
    trial = await CrashTrial.open(scenario, postgres_server, tmp_path, injector, queue=InPostgreSQL())
    ended = await trial.run()

    assert ended.status is scenario.final_status
    assert sorted(injector.points) == sorted(scenario.fault_points)


@pytest.mark.parametrize("scenario", EMBEDDED, ids=scenario_id)
async def test_a_scenario_on_sqlite_lists_all_its_fault_points(
    scenario: Scenario, sqlite_file: str, tmp_path: Path
) -> None:
    injector = FaultInjector()
    ended = await (await CrashTrial.open(scenario, sqlite_file, tmp_path, injector)).run()

    assert ended.status is scenario.final_status
    assert sorted(injector.points) == sorted(scenario.fault_points)


async def run_with_fault(
    scenario: Scenario, point: str, fault: Fault, url: str, workspace: Path, *, queue: QueueKind | None = None
) -> None:
    injector = FaultInjector(point, fault)
    trial = await CrashTrial.open(scenario, url, workspace, injector, queue=queue)

    ended = await trial.run()

    assert injector.triggered.is_set()
    if point in scenario.indeterminate_points:
        assert ended.status in (scenario.final_status, Status.FAILED)
    else:
        assert ended.status is scenario.final_status


async def _migrate(url: str) -> None:
    await (await open_database(url)).close()
