"""Callbacks in any order, true or forged: a generation ends once, as reported, and is charged at most once."""

from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.properties.callback_simulation import CallbackSimulation
from tests.properties.money_machine import (
    ACTIONS,
    PICKS,
    SHRINK_TIMEOUT,
    Action,
    MoneyMachine,
    run_machine,
    sqlite_copies,
)
from tests.support.postgres import PostgresDatabases
from tests.support.ram_directory import ram_directory

AGES = st.integers(0, 3)
CALLBACKS: st.SearchStrategy[Action] = st.one_of(
    st.builds(lambda pick, age: Action(_call, (pick, age)), PICKS, AGES),
    st.builds(Action, st.just(CallbackSimulation.forge), st.tuples(PICKS)),
    st.builds(Action, st.just(CallbackSimulation.misdirect), st.tuples(PICKS, PICKS)),
)


async def _call(simulation: CallbackSimulation, pick: int, age: int) -> None:
    await simulation.call(pick, age=age)


class CallbackMachine(MoneyMachine):
    """The money machine with callbacks."""

    simulation_type = CallbackSimulation
    simulation: CallbackSimulation

    @rule(pick=PICKS, age=AGES)
    def call(self, pick: int, age: int) -> None:
        self._run(self.simulation.call(pick, age=age))

    @rule(pick=PICKS)
    def forge(self, pick: int) -> None:
        self._run(self.simulation.forge(pick))

    @rule(pick=PICKS, other=PICKS)
    def misdirect(self, pick: int, other: int) -> None:
        self._run(self.simulation.misdirect(pick, other))

    @rule(pick=PICKS)
    def guess_url(self, pick: int) -> None:
        self._run(self.simulation.guess_url(pick))

    @rule(actions=st.lists(st.one_of(CALLBACKS, ACTIONS), min_size=2, max_size=6))
    def callbacks_at_once(self, actions: list[Action]) -> None:
        self._run(*(action.on(self.simulation) for action in actions))

    @rule(actions=st.lists(st.one_of(CALLBACKS, ACTIONS), max_size=4), after=st.integers(0, 12))
    def kill_during_callbacks(self, actions: list[Action], after: int) -> None:
        requests = (action.on(self.simulation) for action in actions)
        self.runner.run(self.simulation.kill_during(*requests, after=after))


@pytest.mark.timeout(SHRINK_TIMEOUT)
def test_callbacks_charge_nothing_twice_on_sqlite(tmp_path: Path) -> None:
    with ram_directory() as folder:
        run_machine(sqlite_copies(folder), tmp_path, runs=30, steps=30, machine=CallbackMachine)


@pytest.mark.timeout(SHRINK_TIMEOUT)
def test_callbacks_charge_nothing_twice_on_postgresql(
    postgres_databases: PostgresDatabases, migrated_postgres: str, tmp_path: Path
) -> None:
    run_machine(
        lambda: postgres_databases.create(template=migrated_postgres),
        tmp_path,
        runs=4,
        steps=20,
        machine=CallbackMachine,
    )
