"""Whatever happens in whatever order, every credit is in one place and every accepted generation has one end."""

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from database.open import open_database
from tests.fixtures.postgres import PostgresDatabases
from tests.properties.hostile import Mood
from tests.properties.memory import memory_folder
from tests.properties.world import LONGER_THAN_A_DEADLINE, LONGER_THAN_A_PAUSE, World

ACCOUNTS = st.integers(0, 1)
PICKS = st.integers(0, 4)
KEYS = st.sampled_from((None, None, "order-1", "order-2"))
SHRINKING = 400  # seconds; a failure takes long to be made short, a success never does
AMOUNTS = st.integers(1, 60)  # credits
MOODS = st.sampled_from(Mood)
NewDatabase = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happens to a world."""

    what: Callable[..., Coroutine[None, None, None]]
    arguments: tuple[int | str | None, ...]

    def to(self, world: World) -> Coroutine[None, None, None]:
        return self.what(world, *self.arguments)


HAPPENINGS: st.SearchStrategy[Happening] = st.one_of(
    st.builds(Happening, st.just(World.submit), st.tuples(ACCOUNTS, KEYS)),
    st.builds(
        Happening,
        st.sampled_from(
            (World.cancel, World.retry, World.run, World.finish, World.finish_part, World.finish_empty, World.break_off)
        ),
        st.tuples(PICKS),
    ),
    st.builds(Happening, st.just(World.grant), st.tuples(ACCOUNTS, AMOUNTS)),
    st.builds(Happening, st.just(World.pass_time), st.tuples(st.just(LONGER_THAN_A_DEADLINE))),
)


class Money(RuleBasedStateMachine):
    """One world a run, on an event loop of its own."""

    kind = World

    def __init__(self, url: str, workspace: Path) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.world = self.runner.run(self.kind.open(url, workspace))

    @initialize(first=MOODS, second=MOODS, account=ACCOUNTS)
    def begin(self, first: Mood, second: Mood, account: int) -> None:
        """With one submitted, so that all that may happen to it is tried."""
        self._together(self.world.change_mood(0, first))
        self._together(self.world.change_mood(1, second))
        self._together(self.world.submit(account, None))

    @rule(account=ACCOUNTS, key=KEYS)
    def submit(self, account: int, key: str | None) -> None:
        self._together(self.world.submit(account, key))

    @rule(pick=PICKS)
    def run(self, pick: int) -> None:
        self._together(self.world.run(pick))

    @rule(pick=PICKS)
    def complete(self, pick: int) -> None:
        self._together(self.world.finish(pick))

    @rule(pick=PICKS)
    def complete_in_part(self, pick: int) -> None:
        self._together(self.world.finish_part(pick))

    @rule(pick=PICKS)
    def fail(self, pick: int) -> None:
        self._together(self.world.break_off(pick))

    @rule(pick=PICKS)
    def cancel(self, pick: int) -> None:
        self._together(self.world.cancel(pick))

    @rule(pick=PICKS)
    def retry(self, pick: int) -> None:
        self._together(self.world.retry(pick))

    @rule(account=ACCOUNTS, amount=AMOUNTS)
    def grant(self, account: int, amount: int) -> None:
        self._together(self.world.grant(account, amount))

    @rule()
    def expire(self) -> None:
        self._together(self.world.pass_time(LONGER_THAN_A_DEADLINE))
        assert self.runner.run(self.world.count_overdue()) == 0

    @rule()
    def wait(self) -> None:
        self._together(self.world.pass_time(LONGER_THAN_A_PAUSE))

    @rule(upstream=st.integers(0, 1), mood=MOODS)
    def change_mood(self, upstream: int, mood: Mood) -> None:
        self._together(self.world.change_mood(upstream, mood))

    @rule(happenings=st.lists(HAPPENINGS, min_size=2, max_size=6))
    def at_once(self, happenings: list[Happening]) -> None:
        self._together(*(happening.to(self.world) for happening in happenings))

    @rule(happenings=st.lists(HAPPENINGS, max_size=4), after=st.integers(0, 12))
    def kill(self, happenings: list[Happening], after: int) -> None:
        requests = (happening.to(self.world) for happening in happenings)
        self.runner.run(self.world.kill_during(*requests, after=after))

    @invariant()
    def every_credit_is_in_one_place(self) -> None:
        self.runner.run(self.world.check())

    def teardown(self) -> None:
        try:
            self.runner.run(self.world.close())
        finally:
            self.runner.run(self.world.abandon())
            self.runner.close()

    def _together(self, *happenings: Coroutine[None, None, None]) -> None:
        self.runner.run(self.world.together(*happenings))


def explore(new_database: NewDatabase, workspace: Path, *, runs: int, steps: int, machine: type[Money] = Money) -> None:
    """Try many random lives, the same at every run of the tests."""

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


def copies(folder: Path) -> NewDatabase:
    """Fresh SQLite files in a folder, one at a time."""
    template = folder / "template.db"
    asyncio.run(_migrate(template))

    def new_database() -> str:
        for old in folder.glob("world.db*"):
            old.unlink()
        shutil.copy(template, folder / "world.db")
        return f"sqlite:///{folder / 'world.db'}"

    return new_database


@pytest.mark.timeout(SHRINKING)
def test_the_books_agree_on_sqlite(tmp_path: Path) -> None:
    with memory_folder() as folder:
        explore(copies(folder), tmp_path, runs=30, steps=30)


@pytest.mark.timeout(SHRINKING)
def test_the_books_agree_on_postgresql(
    postgres_databases: PostgresDatabases, migrated_postgres: str, tmp_path: Path
) -> None:
    explore(lambda: postgres_databases.create(template=migrated_postgres), tmp_path, runs=4, steps=20)


async def _migrate(path: Path) -> None:
    await (await open_database(f"sqlite:///{path}")).close()
