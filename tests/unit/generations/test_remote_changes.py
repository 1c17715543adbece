"""Changes that another process makes, as followers in this one see them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from accounts.principal import Principal
from generations.change_notification import CHANNEL, ChangeNotification
from generations.generation import Generation, Stage, Status
from generations.queries import follow, follow_all
from generations.remote_changes import RemoteChanges
from generations.requests.cancel import cancel
from generations.requests.wait import wait_for_end
from generations.services import Services
from kit.pubsub import Hub
from tests.support.controllable_upstream import ControllableUpstream
from tests.support.delegating_database import DelegatingDatabase
from tests.support.manual_clock import ManualClock
from tests.support.postgres_listening import Received, TwoNodes
from tests.support.services import build_services
from tests.support.use_case_harness import TIMEOUT, UseCaseHarness

pytestmark = pytest.mark.anyio
T = TypeVar("T")
DAMAGE = {
    "status": "UPDATE generation SET status = 'PAUSED' WHERE id = $1",
    "error": """UPDATE generation SET error = '{"unknown": 1}' WHERE id = $1""",
    "outputs": """UPDATE generation SET outputs = '[{"unknown": 1}]' WHERE id = $1""",
}
"""How a release of the future, or an operator, may leave a row."""


class CountedReads(DelegatingDatabase):
    reads = 0

    async def read(self, work: Callable[[Connection], T]) -> T:
        self.reads += 1
        return await super().read(work)


@dataclass(frozen=True)
class Nodes:
    """A node that works on generations, and another that only follows them."""

    worker: UseCaseHarness
    follower: Services
    database: CountedReads
    listening: Received
    both: TwoNodes

    async def ended(self, owner: Principal) -> Generation:
        """Accept a generation at the worker and complete it."""
        accepted = await self.worker.accept(owner)
        self.worker.upstream.finish(accepted.id)
        return await self.worker.until(owner, accepted.id, lambda state: state.is_over)


@pytest.fixture
async def nodes(two_nodes: TwoNodes, tmp_path: Path) -> AsyncIterator[Nodes]:
    clock = ManualClock()
    upstream, other = ControllableUpstream("fal"), ControllableUpstream("replicate")
    services = build_services(two_nodes.here, clock, upstream, other, workspace=tmp_path / "inputs")
    worker = UseCaseHarness(two_nodes.here, services, clock, upstream, other)
    database = CountedReads(two_nodes.there)
    follower = replace(services, database=database, hub=Hub[Generation]())
    changes, listening = RemoteChanges(follower), Received()
    changes.start()
    database.listen(CHANNEL, listening.receive, on_listening=listening.on_listening)
    await listening.until(gaps=1)
    yield Nodes(worker, follower, database, listening, two_nodes)
    await changes.close()
    await worker.kill()


async def collect(states: AsyncIterator[Generation], end: Callable[[Sequence[Generation]], bool]) -> list[Generation]:
    collected: list[Generation] = []
    async with asyncio.timeout(TIMEOUT):
        async for state in states:
            collected.append(state)
            if end(collected):
                break
    return collected


async def until_followed(services: Services, topic: str) -> None:
    async with asyncio.timeout(TIMEOUT):
        while not services.hub.follows(topic):
            await asyncio.sleep(0)


def assert_versions_grow(states: Sequence[Generation]) -> None:
    assert [state.version for state in states] == sorted({state.version for state in states})


async def test_a_follower_sees_the_end_of_what_another_node_runs(nodes: Nodes) -> None:
    owner = await nodes.worker.create_account()
    accepted = await nodes.worker.accept(owner)
    async with aclosing(follow(nodes.follower, owner, accepted.id, after=None)) as states:
        first = await anext(states)
        nodes.worker.upstream.finish(accepted.id)
        others = await collect(states, lambda _: False)

    assert others[-1].status is Status.COMPLETED
    assert_versions_grow([first, *others])


async def test_waiting_ends_with_what_another_node_runs(nodes: Nodes) -> None:
    owner = await nodes.worker.create_account()
    accepted = await nodes.worker.accept(owner)
    waiting = asyncio.create_task(wait_for_end(nodes.follower, owner, accepted, seconds=TIMEOUT))
    await until_followed(nodes.follower, accepted.id)

    nodes.worker.upstream.finish(accepted.id)

    assert (await waiting).status is Status.COMPLETED


async def test_an_account_feed_tells_of_generations_that_another_node_accepts(nodes: Nodes) -> None:
    owner = await nodes.worker.create_account()
    feed = follow_all(nodes.follower, owner)
    collecting = asyncio.create_task(collect(feed, lambda states: states[-1].is_over))
    await until_followed(nodes.follower, f"{owner.account_id}/live")

    ended = await nodes.ended(owner)
    states = await collecting
    await feed.aclose()

    assert {state.id for state in states} == {ended.id}
    assert_versions_grow(states)


async def test_rows_that_nobody_follows_are_not_read(nodes: Nodes) -> None:
    owner = await nodes.worker.create_account()

    ended = await nodes.ended(owner)
    await nodes.listening.until_one_begins(f"{ended.id} {ended.version} ")

    assert nodes.database.reads == 0


async def test_a_node_does_not_read_its_own_changes(nodes: Nodes) -> None:
    owner = await nodes.worker.create_account()
    await nodes.worker.kill()
    accepted = await nodes.worker.accept(owner)
    async with aclosing(follow(nodes.follower, owner, accepted.id, after=None)) as states:
        await anext(states)
        reads = nodes.database.reads
        await cancel(nodes.follower, owner, accepted.id)
        last = await anext(states)

    await nodes.listening.until_one_begins(f"{last.id} {last.version} ")
    assert last.status is Status.CANCELLED
    assert nodes.database.reads == reads


async def test_after_a_gap_a_follower_sees_the_end(nodes: Nodes) -> None:
    owner = await nodes.worker.create_account()
    accepted = await nodes.worker.accept(owner)
    async with aclosing(follow(nodes.follower, owner, accepted.id, after=None)) as states:
        first = await anext(states)
        await nodes.both.stop_listening()
        nodes.worker.upstream.finish(accepted.id)
        await nodes.worker.until(owner, accepted.id, lambda state: state.is_over)
        await nodes.both.allow_listening()
        others = await collect(states, lambda _: False)

    assert others[-1].stage is Stage.DONE
    assert_versions_grow([first, *others])


async def test_after_a_gap_an_account_feed_tells_what_began_and_ended_meanwhile(nodes: Nodes) -> None:
    owner = await nodes.worker.create_account()
    old = await nodes.ended(owner)
    await nodes.listening.until_one_begins(f"{old.id} {old.version} ")
    nodes.worker.clock.move(600)
    feed = follow_all(nodes.follower, owner)
    expected: list[Generation] = []

    def is_complete(states: Sequence[Generation]) -> bool:
        return bool(expected) and {one.id for one in expected} <= {state.id for state in states}

    collecting = asyncio.create_task(collect(feed, is_complete))
    await until_followed(nodes.follower, f"{owner.account_id}/live")

    await nodes.both.stop_listening()
    ended = await nodes.ended(owner)
    began = await nodes.worker.accept(owner)
    expected += [ended, began]
    await nodes.both.allow_listening()
    states = await collecting
    await feed.aclose()

    assert [state.version for state in states if state.id == ended.id] == [ended.version]
    assert old.id not in {state.id for state in states}


@pytest.mark.parametrize("column", ["status", "error", "outputs"])
async def test_a_row_that_cannot_be_decoded_delays_no_other(
    nodes: Nodes, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    owner = await nodes.worker.create_account()
    feed = follow_all(nodes.follower, owner)
    expected: list[str] = []
    collecting = asyncio.create_task(
        collect(feed, lambda states: set(expected) <= {state.id for state in states if state.is_over})
    )
    await until_followed(nodes.follower, f"{owner.account_id}/live")
    await nodes.both.stop_listening()
    damaged, intact = await nodes.ended(owner), await nodes.ended(owner)
    expected.append(intact.id)
    statement = DAMAGE[column]
    await nodes.both.here.transact(lambda t: t.connection.exec_driver_sql(statement, (damaged.id,)) and None)

    await nodes.both.allow_listening()
    states = await collecting
    await feed.aclose()

    assert damaged.id not in {state.id for state in states if state.is_over}
    assert "generation_undecodable" in caplog.text
    assert damaged.id in caplog.text


def test_a_malformed_notification_is_ignored() -> None:
    sent = ChangeNotification("gen_01kaj000000000000000000000", 3, "acc_x/live")

    assert ChangeNotification.parse(sent.payload()) == sent
    for payload in ("", "gen_1 3 a", f"{sent.generation_id} x a", f"{sent.payload()} more"):
        assert ChangeNotification.parse(payload) is None
