"""Shared subscriptions: executions per event, results per subscriber, and cleanup."""

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
from server.graphql.execution.paced_calls import CALLS_PER_TURN
from server.graphql.execution.shared_subscription import Subscriber
from server.graphql.execution.subscription_registry import SharedResults
from server.graphql.request_params import GraphQLParams
from server.graphql.responses import EncodedResult
from server.graphql.transports.http import GraphQLEndpoint
from tests.support.toy_schema import ToyContext, ToyState, toy_endpoint
from web.request import new_request_id

pytestmark = pytest.mark.anyio

FOLLOW = "subscription ($id: ID!, $after: Int! = 0) { counter(id: $id, after: $after) { id version executions } }"
COMPILED = FOLLOW.replace("executions", "")  # the only field that graphql-core has to execute
FOLLOW_ALL = "subscription { allCounters { id version } }"
LOOP_STEPS = 500  # more than any notification takes here


@dataclass
class RecordingSink:
    """A sink that records its results."""

    bodies: list[bytes] = field(default_factory=list)
    ended: bool = False
    failure: OperationFailed | None = None
    subscriber: Subscriber | None = None
    request_id: str = field(default_factory=new_request_id)

    def deliver(self, subject: str, result: EncodedResult) -> None:
        self.bodies.append(result.body(self.request_id))

    def finish(self, failure: OperationFailed | None) -> None:
        self.ended, self.failure = True, failure
        if self.subscriber is not None:
            self.subscriber.leave()

    @property
    def counts(self) -> list[dict[str, Any]]:
        return [next(iter(orjson.loads(body)["data"].values())) for body in self.bodies]

    @property
    def versions(self) -> list[int]:
        return [count["version"] for count in self.counts]


class SharedSubscriptionHarness:
    """The endpoint with one counter, and its subscribers."""

    def __init__(self) -> None:
        self.toy = ToyState()
        self.counters = self.toy.counters
        self.counters.add("a")
        self.endpoint: GraphQLEndpoint[str] = toy_endpoint(self.toy)

    async def join(
        self, query: str = FOLLOW, variables: dict[str, object] | None = None, *, caller: str = "somebody"
    ) -> RecordingSink:
        sink = RecordingSink()
        operations = self.endpoint.operations
        prepared = operations.prepare(GraphQLParams(query, variables={"id": "a"} if variables is None else variables))
        context = ToyContext(self.toy, caller, None)  # type: ignore[arg-type]
        results = await operations.subscribe(prepared, context=context)
        assert isinstance(results, SharedResults)
        sink.subscriber = await results.join(sink)
        if sink.ended:
            sink.subscriber.leave()
        return sink

    @property
    def shared_subscriptions(self) -> int:
        return len(self.endpoint.operations.subscriptions)


def leave(sink: RecordingSink) -> None:
    assert sink.subscriber is not None
    sink.subscriber.leave()


async def settle() -> None:
    for _ in range(LOOP_STEPS):
        await asyncio.sleep(0)


async def test_an_event_is_executed_and_encoded_once_for_all_subscribers() -> None:
    harness = SharedSubscriptionHarness()
    sinks = [await harness.join() for _ in range(250)]
    await settle()
    harness.counters.change("a")
    await settle()

    assert [sink.versions for sink in sinks] == [[1, 2]] * 250
    assert harness.counters.executions == 2
    assert len({id(sink.bodies[1]) for sink in sinks}) == 1


async def test_changes_of_many_subjects_need_no_tasks_and_let_the_event_loop_run_in_between() -> None:
    harness, tasks = SharedSubscriptionHarness(), asyncio.all_tasks()
    names = [str(number) for number in range(4 * CALLS_PER_TURN)]
    for name in names:
        harness.counters.add(name)
    sinks = [await harness.join(COMPILED, {"id": name}) for name in names]
    await settle()
    for name in names:
        harness.counters.change(name)
    reached = []
    for _ in range(5):
        assert asyncio.all_tasks() == tasks
        await asyncio.sleep(0)
        reached.append(sum(sink.versions == [1, 2] for sink in sinks))

    assert reached == [CALLS_PER_TURN, 2 * CALLS_PER_TURN, 3 * CALLS_PER_TURN, 4 * CALLS_PER_TURN, 4 * CALLS_PER_TURN]


async def test_the_order_of_variables_does_not_matter() -> None:
    harness = SharedSubscriptionHarness()
    await harness.join(variables={"id": "a", "after": 0})
    await harness.join(variables={"after": 0, "id": "a"})

    assert harness.shared_subscriptions == 1


@pytest.mark.parametrize(
    ("query", "variables", "caller"),
    [
        (FOLLOW, {"id": "a", "after": 1}, "somebody"),
        (FOLLOW, {"id": "b"}, "somebody"),
        (FOLLOW, {"id": "a"}, "another"),
        (COMPILED, {"id": "a"}, "somebody"),
    ],
)
async def test_different_subscriptions_are_not_shared(query: str, variables: dict[str, object], caller: str) -> None:
    harness = SharedSubscriptionHarness()
    harness.counters.add("b")
    await harness.join()
    await harness.join(query, variables, caller=caller)

    assert harness.shared_subscriptions == 2


async def test_a_late_subscriber_gets_the_current_state_first() -> None:
    harness = SharedSubscriptionHarness()
    early = await harness.join()
    await settle()
    harness.counters.change("a")
    await settle()
    late = await harness.join()
    harness.counters.change("a")
    await settle()

    assert early.versions == [1, 2, 3]
    assert late.versions == [2, 3]
    assert harness.counters.executions == 3


async def test_the_state_read_for_a_new_subscriber_replaces_a_lost_notification() -> None:
    harness = SharedSubscriptionHarness()
    early = await harness.join()
    await settle()
    harness.counters.change_silently("a")
    late = await harness.join()
    await settle()

    assert (early.versions, late.versions) == ([1, 2], [2])


async def test_repeated_notifications_are_delivered_once() -> None:
    harness = SharedSubscriptionHarness()
    one, everything = await harness.join(), await harness.join(FOLLOW_ALL, {})
    for is_over in (False, True):
        harness.counters.change("a", is_over=is_over)
        harness.counters.repeat("a")
        await settle()
        harness.counters.repeat("a")
        await settle()

    # a version delivered while joining is not repeated
    assert one.versions == [2, 3] or one.versions == [1, 2, 3]
    assert everything.versions in ([2, 3], [1, 2, 3])


async def test_after_skips_known_versions() -> None:
    harness = SharedSubscriptionHarness()
    for _ in range(4):
        harness.counters.change("a")
    known, unknown = [await harness.join(variables={"id": "a", "after": after}) for after in (5, 4)]
    await settle()
    assert (known.versions, unknown.versions) == ([], [5])
    harness.counters.change("a", is_over=True)
    await settle()

    assert (known.versions, unknown.versions) == ([6], [5, 6])
    assert known.ended
    assert unknown.ended


@pytest.mark.parametrize(("after", "versions"), [(0, [2]), (2, [])])
async def test_a_finished_subject_delivers_its_final_state_unless_known(after: int, versions: list[int]) -> None:
    harness = SharedSubscriptionHarness()
    harness.counters.change("a", is_over=True)
    sink = await harness.join(variables={"id": "a", "after": after})
    await settle()

    assert (sink.versions, sink.ended, sink.failure) == (versions, True, None)
    assert harness.shared_subscriptions == 0


async def test_the_final_state_reaches_subscribers_that_join_during_its_delivery() -> None:
    harness = SharedSubscriptionHarness()
    sinks = [await harness.join() for _ in range(250)]
    await settle()
    harness.counters.change("a", is_over=True)
    for _ in range(12):
        sinks.append(await harness.join())
    await settle()

    assert {tuple(sink.versions) for sink in sinks} == {(1, 2), (2,)}
    assert all(sink.ended for sink in sinks)
    assert harness.shared_subscriptions == 0


async def test_nothing_remains_after_the_last_subscriber_leaves() -> None:
    harness, tasks = SharedSubscriptionHarness(), asyncio.all_tasks()
    sinks = [await harness.join() for _ in range(3)] + [await harness.join(FOLLOW_ALL, {})]
    harness.counters.change("a")
    for sink in sinks:
        assert harness.shared_subscriptions > 0
        leave(sink)

    await settle()
    assert harness.shared_subscriptions == 0
    assert not harness.counters.hub.follows("a")
    assert not harness.counters.hub.follows("all")
    assert asyncio.all_tasks() == tasks


async def test_a_refused_subscription_leaves_nothing_behind() -> None:
    harness = SharedSubscriptionHarness()
    with pytest.raises(OperationFailed) as failed:
        await harness.join(variables={"id": "unknown"})

    assert failed.value.errors[0].path == ["counter"]
    assert harness.shared_subscriptions == 0


async def test_errors_have_the_request_id_of_each_subscriber() -> None:
    harness = SharedSubscriptionHarness()
    query = FOLLOW.replace("executions", "fault")
    sinks = [await harness.join(query) for _ in range(2)]
    await settle()
    errors = [orjson.loads(sink.bodies[0])["errors"][0] for sink in sinks]

    assert len({error["extensions"]["requestId"] for error in errors}) == 2


async def test_a_failing_source_ends_the_subscription_for_all() -> None:
    harness = SharedSubscriptionHarness()
    sinks = [await harness.join() for _ in range(2)]
    await settle()
    harness.counters.padding = "no number"  # type: ignore[assignment]
    harness.counters.change("a")
    await settle()

    for sink in sinks:
        assert sink.failure is not None
        assert isinstance(sink.failure.errors[0], GraphQLError)
        assert sink.failure.errors[0].path == ["counter"]
    assert harness.shared_subscriptions == 0


ACTIONS = st.lists(st.sampled_from(["join", "join all", "leave", "change", "turn", "turn"]), max_size=60)


@given(st.sampled_from([FOLLOW, COMPILED]), ACTIONS, st.randoms(use_true_random=False))
@example(FOLLOW, ["join", "change", "change", "join", "turn", "change", "join"], None)
@example(COMPILED, ["join", "change", "change", "join", "turn", "change", "join"], None)
def test_every_subscriber_gets_the_current_state_then_increasing_versions_then_the_end(
    query: str, actions: Sequence[str], chance: Any
) -> None:
    asyncio.run(run_actions(query, actions, chance))


async def run_actions(query: str, actions: Sequence[str], chance: Any) -> None:
    harness = SharedSubscriptionHarness()
    joining: list[tuple[int, asyncio.Task[RecordingSink]]] = []
    for action in actions:
        known = harness.counters.states["a"].version
        match action:
            case "join":
                joining.append((known, asyncio.create_task(harness.join(query))))
            case "join all":
                joining.append((known, asyncio.create_task(harness.join(FOLLOW_ALL, {}))))
            case "change":
                harness.counters.change("a")
            case "turn":
                await asyncio.sleep(0)
            case "leave" if joining and chance is not None:
                _, gone = joining.pop(chance.randrange(len(joining)))
                if gone.done():
                    leave(gone.result())
                else:
                    gone.cancel()
    harness.counters.change("a", is_over=True)
    last = harness.counters.states["a"].version
    sinks = [(known, await task) for known, task in joining]
    await settle()

    for known, sink in sinks:
        versions = sink.versions
        assert versions == sorted(set(versions))
        if versions:
            assert versions[0] >= known
            assert versions[-1] == last
            # no version is missing after the first
            assert len(versions) == last - versions[0] + 1 or last - versions[0] > 16
        leave(sink)
    assert all(sink.versions for _, sink in sinks if sink.ended)
    assert harness.shared_subscriptions == 0
