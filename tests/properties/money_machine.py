"""A Hypothesis state machine that runs random actions on a simulation and checks its invariants."""

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from database.open import open_database
from tests.properties.simulation import BEYOND_DEADLINE, BEYOND_RETRY_DELAY, Simulation
from tests.support.faulty_upstream import FaultMode

ACCOUNTS = st.integers(0, 1)
PICKS = st.integers(0, 4)
KEYS = st.sampled_from((None, None, "order-1", "order-2"))
SHRINK_TIMEOUT = 400  # seconds; only shrinking a failure takes long
AMOUNTS = st.integers(1, 60)  # credits
FAULT_MODES = st.sampled_from(FaultMode)
NewDatabase = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Action:
    """An action with its arguments."""

    method: Callable[..., Coroutine[None, None, None]]
    arguments: tuple[int | str | None, ...]

    def on(self, simulation: Simulation) -> Coroutine[None, None, None]:
        return self.method(simulation, *self.arguments)


ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.builds(Action, st.just(Simulation.submit), st.tuples(ACCOUNTS, KEYS)),
    st.builds(
        Action,
        st.sampled_from(
            (
                Simulation.cancel,
                Simulation.retry,
                Simulation.run,
                Simulation.finish,
                Simulation.finish_part,
                Simulation.finish_empty,
                Simulation.fail,
            )
        ),
        st.tuples(PICKS),
    ),
    st.builds(Action, st.just(Simulation.grant), st.tuples(ACCOUNTS, AMOUNTS)),
    st.builds(Action, st.just(Simulation.advance_clock), st.tuples(st.just(BEYOND_DEADLINE))),
)


class MoneyMachine(RuleBasedStateMachine):
    """One simulation per run, on its own event loop."""

    simulation_type = Simulation

    def __init__(self, url: str, workspace: Path) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.simulation = self.runner.run(self.simulation_type.open(url, workspace))

    @initialize(first=FAULT_MODES, second=FAULT_MODES, account=ACCOUNTS)
    def begin(self, first: FaultMode, second: FaultMode, account: int) -> None:
        """Start with one generation, so that most actions have an effect."""
        self._run(self.simulation.set_fault_mode(0, first))
        self._run(self.simulation.set_fault_mode(1, second))
        self._run(self.simulation.submit(account, None))

    @rule(account=ACCOUNTS, key=KEYS)
    def submit(self, account: int, key: str | None) -> None:
        self._run(self.simulation.submit(account, key))

    @rule(pick=PICKS)
    def run(self, pick: int) -> None:
        self._run(self.simulation.run(pick))

    @rule(pick=PICKS)
    def complete(self, pick: int) -> None:
        self._run(self.simulation.finish(pick))

    @rule(pick=PICKS)
    def complete_in_part(self, pick: int) -> None:
        self._run(self.simulation.finish_part(pick))

    @rule(pick=PICKS)
    def fail(self, pick: int) -> None:
        self._run(self.simulation.fail(pick))

    @rule(pick=PICKS)
    def cancel(self, pick: int) -> None:
        self._run(self.simulation.cancel(pick))

    @rule(pick=PICKS)
    def retry(self, pick: int) -> None:
        self._run(self.simulation.retry(pick))

    @rule(account=ACCOUNTS, amount=AMOUNTS)
    def grant(self, account: int, amount: int) -> None:
        self._run(self.simulation.grant(account, amount))

    @rule()
    def expire(self) -> None:
        self._run(self.simulation.advance_clock(BEYOND_DEADLINE))
        assert self.runner.run(self.simulation.count_overdue()) == 0

    @rule()
    def wait(self) -> None:
        self._run(self.simulation.advance_clock(BEYOND_RETRY_DELAY))

    @rule(upstream=st.integers(0, 1), fault_mode=FAULT_MODES)
    def set_fault_mode(self, upstream: int, fault_mode: FaultMode) -> None:
        self._run(self.simulation.set_fault_mode(upstream, fault_mode))

    @rule(actions=st.lists(ACTIONS, min_size=2, max_size=6))
    def at_once(self, actions: list[Action]) -> None:
        self._run(*(action.on(self.simulation) for action in actions))

    @rule(actions=st.lists(ACTIONS, max_size=4), after=st.integers(0, 12))
    def kill(self, actions: list[Action], after: int) -> None:
        requests = (action.on(self.simulation) for action in actions)
        self.runner.run(self.simulation.kill_during(*requests, after=after))

    @invariant()
    def invariants_hold(self) -> None:
        self.runner.run(self.simulation.check())

    def teardown(self) -> None:
        try:
            self.runner.run(self.simulation.close())
        finally:
            self.runner.run(self.simulation.abort())
            self.runner.close()

    def _run(self, *actions: Coroutine[None, None, None]) -> None:
        self.runner.run(self.simulation.run_concurrently(*actions))


def run_machine(
    new_database: NewDatabase, workspace: Path, *, runs: int, steps: int, machine: type[MoneyMachine] = MoneyMachine
) -> None:
    """Run random sequences of actions, the same in every test run."""

    class MoneyHere(machine):  # type: ignore[valid-type, misc]
        def __init__(self) -> None:
            super().__init__(new_database(), workspace)

    run_state_machine_as_test(
        MoneyHere,
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )


def sqlite_copies(folder: Path) -> NewDatabase:
    """Return a factory of migrated SQLite files in a directory; only the latest exists."""
    template = folder / "template.db"
    asyncio.run(_migrate(template))

    def new_database() -> str:
        for old in folder.glob("world.db*"):
            old.unlink()
        shutil.copy(template, folder / "world.db")
        return f"sqlite:///{folder / 'world.db'}"

    return new_database


async def _migrate(path: Path) -> None:
    await (await open_database(f"sqlite:///{path}")).close()
