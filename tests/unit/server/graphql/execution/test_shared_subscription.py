"""Subscriptions that are shared: how often an event is executed, who is told what, and what is left in the end."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from graphql import GraphQLError
from hypothesis import example, given
from hypothesis import strategies as st

from server.graphql.errors import OperationFailed
from server.graphql.execution.shared_subscription import Subscriber
from server.graphql.execution.subscription_registry import SharedResults
from server.graphql.request_params import GraphQLParams
from server.graphql.responses import EncodedResult
from server.graphql.transports.http import GraphQLEndpoint
from tests.wire.toy import Toy, ToyContext, toy_endpoint
from web.request import new_request_id

pytestmark = pytest.mark.anyio

FOLLOW = "subscription ($id: ID!, $after: Int! = 0) { counter(id: $id, after: $after) { id version executions } }"
FOLLOW_ALL = "subscription { allCounters { id version } }"
TURNS = 500  # of the loop, more than any telling takes here


@dataclass
class Listener:
    """A sink that keeps what it is told."""

    bodies: list[bytes] = field(default_factory=list)
    ended: bool = False
    failure: OperationFailed | None = None
    member: Subscriber | None = None
    request_id: str = field(default_factory=new_request_id)

    def deliver(self, subject: str, result: EncodedResult) -> None:
        self.bodies.append(result.body(self.request_id))

    def finish(self, failure: OperationFailed | None) -> None:
        self.ended, self.failure = True, failure
        if self.member is not None:
            self.member.leave()

    @property
    def counts(self) -> list[dict[str, Any]]:
        return [next(iter(orjson.loads(body)["data"].values())) for body in self.bodies]

    @property
    def versions(self) -> list[int]:
        return [count["version"] for count in self.counts]


class Room:
    """The endpoint with one counter, and those who listen."""

    def __init__(self) -> None:
        self.toy = Toy()
        self.counters = self.toy.counters
        self.counters.add("a")
        self.endpoint: GraphQLEndpoint[str] = toy_endpoint(self.toy)

    async def join(
        self, query: str = FOLLOW, variables: dict[str, object] | None = None, *, caller: str = "somebody"
    ) -> Listener:
        listener = Listener()
        operations = self.endpoint.operations
        prepared = operations.prepare(GraphQLParams(query, variables={"id": "a"} if variables is None else variables))
        context = ToyContext(self.toy, caller, None)  # type: ignore[arg-type]
        results = await operations.subscribe(prepared, context=context)
        assert isinstance(results, SharedResults)
        listener.member = await results.join(listener)
        if listener.ended:
            listener.member.leave()
        return listener

    @property
    def channels(self) -> int:
        return len(self.endpoint.operations.subscriptions)


def leave(listener: Listener) -> None:
    assert listener.member is not None
    listener.member.leave()


async def settle() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def test_an_event_is_executed_and_encoded_once_for_all() -> None:
    room = Room()
    listeners = [await room.join() for _ in range(250)]
    await settle()
    room.counters.change("a")
    await settle()

    assert [listener.versions for listener in listeners] == [[1, 2]] * 250
    assert room.counters.executions == 2
    assert len({id(listener.bodies[1]) for listener in listeners}) == 1


async def test_variables_in_another_order_are_the_same() -> None:
    room = Room()
    await room.join(variables={"id": "a", "after": 0})
    await room.join(variables={"after": 0, "id": "a"})

    assert room.channels == 1


@pytest.mark.parametrize(
    ("query", "variables", "caller"),
    [
        (FOLLOW, {"id": "a", "after": 1}, "somebody"),
        (FOLLOW, {"id": "b"}, "somebody"),
        (FOLLOW, {"id": "a"}, "another"),
        (FOLLOW.replace("executions", ""), {"id": "a"}, "somebody"),
    ],
)
async def test_those_who_ask_for_another_thing_share_nothing(
    query: str, variables: dict[str, object], caller: str
) -> None:
    room = Room()
    room.counters.add("b")
    await room.join()
    await room.join(query, variables, caller=caller)

    assert room.channels == 2


async def test_one_who_joins_late_is_told_the_present_and_then_shares() -> None:
    room = Room()
    early = await room.join()
    await settle()
    room.counters.change("a")
    await settle()
    late = await room.join()
    room.counters.change("a")
    await settle()

    assert early.versions == [1, 2, 3]
    assert late.versions == [2, 3]
    assert room.counters.executions == 3


async def test_what_was_read_on_joining_mends_a_lost_notification_for_all() -> None:
    room = Room()
    early = await room.join()
    await settle()
    room.counters.change_unheard("a")
    late = await room.join()
    await settle()

    assert (early.versions, late.versions) == ([1, 2], [2])


async def test_a_version_is_told_once_however_often_it_is_notified() -> None:
    room = Room()
    one, everything = await room.join(), await room.join(FOLLOW_ALL, {})
    for is_over in (False, True):
        room.counters.change("a", is_over=is_over)
        room.counters.repeat("a")
        await settle()
        room.counters.repeat("a")
        await settle()

    # what was told while it was joining is not told again either
    assert one.versions == [2, 3] or one.versions == [1, 2, 3]
    assert everything.versions in ([2, 3], [1, 2, 3])


async def test_after_a_version_only_later_ones_are_told() -> None:
    room = Room()
    for _ in range(4):
        room.counters.change("a")
    known, unknown = [await room.join(variables={"id": "a", "after": after}) for after in (5, 4)]
    await settle()
    assert (known.versions, unknown.versions) == ([], [5])
    room.counters.change("a", is_over=True)
    await settle()

    assert (known.versions, unknown.versions) == ([6], [5, 6])
    assert known.ended
    assert unknown.ended


@pytest.mark.parametrize(("after", "versions"), [(0, [2]), (2, [])])
async def test_of_what_is_over_the_end_is_told_unless_it_is_known(after: int, versions: list[int]) -> None:
    room = Room()
    room.counters.change("a", is_over=True)
    listener = await room.join(variables={"id": "a", "after": after})
    await settle()

    assert (listener.versions, listener.ended, listener.failure) == (versions, True, None)
    assert room.channels == 0


async def test_the_end_reaches_those_who_join_while_it_is_told() -> None:
    room = Room()
    listeners = [await room.join() for _ in range(250)]
    await settle()
    room.counters.change("a", is_over=True)
    for _ in range(12):
        listeners.append(await room.join())
    await settle()

    assert {tuple(listener.versions) for listener in listeners} == {(1, 2), (2,)}
    assert all(listener.ended for listener in listeners)
    assert room.channels == 0


async def test_nothing_is_left_when_the_last_leaves() -> None:
    room, tasks = Room(), asyncio.all_tasks()
    listeners = [await room.join() for _ in range(3)] + [await room.join(FOLLOW_ALL, {})]
    room.counters.change("a")
    for listener in listeners:
        assert room.channels > 0
        leave(listener)

    await settle()
    assert room.channels == 0
    assert not room.counters.hub.follows("a")
    assert not room.counters.hub.follows("all")
    assert asyncio.all_tasks() == tasks


async def test_one_who_may_not_is_told_so_and_leaves_nothing() -> None:
    room = Room()
    with pytest.raises(OperationFailed) as failed:
        await room.join(variables={"id": "unknown"})

    assert failed.value.errors[0].path == ["counter"]
    assert room.channels == 0


async def test_errors_are_told_to_each_under_their_own_request() -> None:
    room = Room()
    query = FOLLOW.replace("executions", "fault")
    listeners = [await room.join(query) for _ in range(2)]
    await settle()
    errors = [orjson.loads(listener.bodies[0])["errors"][0] for listener in listeners]

    assert len({error["extensions"]["requestId"] for error in errors}) == 2


async def test_a_source_that_breaks_off_ends_it_for_all() -> None:
    room = Room()
    listeners = [await room.join() for _ in range(2)]
    await settle()
    room.counters.padding = "no number"  # type: ignore[assignment]
    room.counters.change("a")
    await settle()

    for listener in listeners:
        assert listener.failure is not None
        assert isinstance(listener.failure.errors[0], GraphQLError)
        assert listener.failure.errors[0].path == ["counter"]
    assert room.channels == 0


ACTIONS = st.lists(st.sampled_from(["join", "join all", "leave", "change", "turn", "turn"]), max_size=60)


@given(ACTIONS, st.randoms(use_true_random=False))
@example(["join", "change", "change", "join", "turn", "change", "join"], None)
def test_whoever_comes_and_goes_each_sees_the_present_then_growing_versions_then_the_end(
    actions: Sequence[str], chance: Any
) -> None:
    asyncio.run(story(actions, chance))


async def story(actions: Sequence[str], chance: Any) -> None:
    room = Room()
    joining: list[tuple[int, asyncio.Task[Listener]]] = []
    for action in actions:
        known = room.counters.states["a"].version
        match action:
            case "join":
                joining.append((known, asyncio.create_task(room.join())))
            case "join all":
                joining.append((known, asyncio.create_task(room.join(FOLLOW_ALL, {}))))
            case "change":
                room.counters.change("a")
            case "turn":
                await asyncio.sleep(0)
            case "leave" if joining and chance is not None:
                _, gone = joining.pop(chance.randrange(len(joining)))
                if gone.done():
                    leave(gone.result())
                else:
                    gone.cancel()
    room.counters.change("a", is_over=True)
    last = room.counters.states["a"].version
    listeners = [(known, await task) for known, task in joining]
    await settle()

    for known, listener in listeners:
        versions = listener.versions
        assert versions == sorted(set(versions))
        if versions:
            assert versions[0] >= known
            assert versions[-1] == last
            # from the first on none is missed
            assert len(versions) == last - versions[0] + 1 or last - versions[0] > 16
        leave(listener)
    assert all(listener.versions for _, listener in listeners if listener.ended)
    assert room.channels == 0
