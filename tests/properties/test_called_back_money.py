"""Whatever upstreams call to tell, and whenever, a generation ends once, truly, and is paid for at most once."""

from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.fixtures.postgres import PostgresDatabases
from tests.properties.called_world import CalledWorld
from tests.properties.memory import memory_folder
from tests.properties.test_money import HAPPENINGS, PICKS, SHRINKING, Happening, Money, copies, explore

NEWS = st.integers(0, 3)
CALLS: st.SearchStrategy[Happening] = st.one_of(
    st.builds(lambda pick, news: Happening(_call, (pick, news)), PICKS, NEWS),
    st.builds(Happening, st.just(CalledWorld.forge), st.tuples(PICKS)),
    st.builds(Happening, st.just(CalledWorld.redirect), st.tuples(PICKS, PICKS)),
)


async def _call(world: CalledWorld, pick: int, news: int) -> None:
    await world.call(pick, news=news)


class CalledBack(Money):
    """Money, with calls between and among all the rest."""

    kind = CalledWorld
    world: CalledWorld

    @rule(pick=PICKS, news=NEWS)
    def call(self, pick: int, news: int) -> None:
        self._together(self.world.call(pick, news=news))

    @rule(pick=PICKS)
    def forge(self, pick: int) -> None:
        self._together(self.world.forge(pick))

    @rule(pick=PICKS, other=PICKS)
    def redirect(self, pick: int, other: int) -> None:
        self._together(self.world.redirect(pick, other))

    @rule(pick=PICKS)
    def guess(self, pick: int) -> None:
        self._together(self.world.guess(pick))

    @rule(happenings=st.lists(st.one_of(CALLS, HAPPENINGS), min_size=2, max_size=6))
    def called_at_once(self, happenings: list[Happening]) -> None:
        self._together(*(happening.to(self.world) for happening in happenings))

    @rule(happenings=st.lists(st.one_of(CALLS, HAPPENINGS), max_size=4), after=st.integers(0, 12))
    def killed_while_called(self, happenings: list[Happening], after: int) -> None:
        requests = (happening.to(self.world) for happening in happenings)
        self.runner.run(self.world.kill_during(*requests, after=after))


@pytest.mark.timeout(SHRINKING)
def test_calls_spend_nothing_twice_on_sqlite(tmp_path: Path) -> None:
    with memory_folder() as folder:
        explore(copies(folder), tmp_path, runs=30, steps=30, machine=CalledBack)


@pytest.mark.timeout(SHRINKING)
def test_calls_spend_nothing_twice_on_postgresql(
    postgres_databases: PostgresDatabases, migrated_postgres: str, tmp_path: Path
) -> None:
    explore(
        lambda: postgres_databases.create(template=migrated_postgres), tmp_path, runs=4, steps=20, machine=CalledBack
    )
