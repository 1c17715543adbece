"""One subscription shared by all who ask for the same: each event is executed and encoded once."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from graphql import ExecutionResult

from kit.change_feed import LatestVersions, Versioned, View
from kit.conflating_queue import ConflatingQueue
from kit.eager_task import start_eagerly
from server.graphql.errors import OperationFailed
from server.graphql.execution.paced_calls import PacedCalls
from server.graphql.execution.result_queue import Sink
from server.graphql.responses import EncodedResult

BATCH_SIZE = 100  # subscribers served before the event loop gets a turn


class Execution(Protocol):
    """The execution of a subscription's events."""

    def execute_now(self, event: object) -> ExecutionResult | None:
        """Execute the subscription for an event; None if only `execute` can."""

    async def execute(self, event: object) -> ExecutionResult: ...

    def failure_boundary(self) -> AbstractContextManager[None]:
        """Return a context in which every exception becomes `OperationFailed`."""


@dataclass(frozen=True, slots=True)
class LastSent:
    """The last version sent of a subject, and its round. `result` is None where no later subscriber can need it."""

    version: int
    round: int
    result: EncodedResult | None


class SharedSubscription:
    """Sends pending versions in rounds, one after the other; in a task if it has to wait or has many subscribers."""

    __slots__ = (
        "_closed",
        "_execution",
        "_feed",
        "_is_sending",
        "_last_sent",
        "_newest_pending",
        "_on_close",
        "_pending",
        "_round",
        "_sending",
        "_show",
        "_subscribers",
        "_turns",
    )

    def __init__(
        self, view: View[Versioned, object], execution: Execution, turns: PacedCalls, on_close: Callable[[], None]
    ) -> None:
        self._feed, self._show, self._execution = view.feed, view.show, execution
        self._turns, self._on_close = turns, on_close
        self._subscribers: set[Subscriber] = set()
        self._pending: ConflatingQueue[Versioned] = ConflatingQueue()
        self._newest_pending: dict[str, int] = {}  # the newest version of each subject that is pending
        self._last_sent: LatestVersions[LastSent] = LatestVersions()
        self._round = 0
        self._is_sending = False  # or about to
        self._sending: asyncio.Task[None] | None = None
        self._closed = False
        self._feed.hub.join(self._feed.topic, self)

    def receive(self, state: Versioned) -> None:
        """Queue a version for the subscribers, unless it is not newer than what is queued."""
        if state.version <= self._newest_pending.get(state.id, 0):
            return
        self._newest_pending[state.id] = state.version
        self._pending.put(state.id, state)
        if not self._is_sending:
            self._is_sending = True
            self._turns.add(self._start_sending)

    def subscribe(self, sink: Sink) -> "Subscriber":
        """Return a subscriber whose sink gets nothing before `start`."""
        subscriber = Subscriber(self, sink, joined_in_round=self._round)
        self._subscribers.add(subscriber)
        return subscriber

    def send_current_state(self, state: Versioned, subscriber: "Subscriber") -> None:
        """Send a new subscriber the state that it read; if it is newer than the last one sent, send it to all."""
        last = self._last_sent.get(state.id)
        if state.version > (last.version if last else self._feed.after):
            subscriber.skip_versions_before(state)
            self.receive(state)
        elif last is not None and last.round > subscriber.joined_in_round:
            subscriber.skip_versions_before(state)  # it is being sent right now, to this subscriber too
        else:
            if last is not None and last.result is not None:
                subscriber.sink.deliver(state.id, last.result)
            if self._feed.ends and state.is_over:
                subscriber.end(None)

    def leave(self, subscriber: "Subscriber") -> None:
        self._subscribers.discard(subscriber)
        if not self._subscribers:
            self._close()
            if self._sending is not None:
                self._sending.cancel()

    def _close(self) -> None:
        if not self._closed:
            self._closed = True
            self._feed.hub.leave(self._feed.topic, self)
            self._on_close()

    def _start_sending(self) -> None:
        # a task for each of thousands of changes would cost more than what it does
        self._sending = start_eagerly(self._send_pending(), asyncio.get_running_loop())

    async def _send_pending(self) -> None:
        try:
            with self._execution.failure_boundary():
                while self._subscribers and (entry := self._pending.take()) is not None:
                    await self._send(entry[1])
                    if self._newest_pending[entry[0]] == entry[1].version:
                        del self._newest_pending[entry[0]]
        except OperationFailed as failure:
            await self._end(failure)
        finally:
            self._is_sending, self._sending = False, None

    async def _send(self, state: Versioned) -> None:
        last = self._last_sent.get(state.id)
        if state.version > (last.version if last else self._feed.after):
            result = EncodedResult(await self._execute(self._show(state)))
            # A subscriber that comes from here on gets the result from `send_current_state` alone.
            self._round += 1
            retained = result if self._feed.ends or not state.is_over else None
            self._last_sent.put(state.id, LastSent(state.version, self._round, retained), is_over=state.is_over)
            await self._for_each_subscriber(lambda subscriber: subscriber.send(state, result))
        if self._feed.ends and state.is_over:
            await self._end(None)

    async def _execute(self, event: object) -> ExecutionResult:
        result = self._execution.execute_now(event)
        if result is None:
            await asyncio.sleep(0)  # resolvers that wait need a task of their own, which `start_eagerly` makes of this
            result = await self._execution.execute(event)
        return result

    async def _end(self, failure: OperationFailed | None) -> None:
        self._close()
        await self._for_each_subscriber(lambda subscriber: subscriber.end(failure))

    async def _for_each_subscriber(self, call: "Callable[[Subscriber], None]") -> None:
        for number, subscriber in enumerate(tuple(self._subscribers), start=1):
            if subscriber in self._subscribers:
                call(subscriber)
            if number % BATCH_SIZE == 0:
                await asyncio.sleep(0)


class Subscriber:
    """One subscriber of a shared subscription."""

    __slots__ = ("_early", "_end", "_first_versions", "_shared", "joined_in_round", "sink")

    def __init__(self, shared: SharedSubscription, sink: Sink, *, joined_in_round: int) -> None:
        self._shared, self.sink, self.joined_in_round = shared, sink, joined_in_round
        # what is sent to all before this one has read the current state, and the version it read of each subject
        self._early: ConflatingQueue[tuple[Versioned, EncodedResult]] | None = ConflatingQueue()
        self._first_versions: dict[str, int] | None = None
        self._end: tuple[OperationFailed | None] | None = None

    def skip_versions_before(self, state: Versioned) -> None:
        """Drop older versions of the subject, so that the first event is the current state."""
        if self._first_versions is None:
            self._first_versions = {}
        self._first_versions[state.id] = state.version

    def send(self, state: Versioned, result: EncodedResult) -> None:
        if self._early is not None:
            self._early.put(state.id, (state, result))
        elif self._first_versions is None or self._is_current(state, self._first_versions):
            self.sink.deliver(state.id, result)

    def end(self, failure: OperationFailed | None) -> None:
        if self._early is None:
            self.sink.finish(failure)
        else:
            self._end = (failure,)

    def start(self) -> None:
        """Deliver what arrived before the current state was read, and from now on everything at once."""
        early, self._early = self._early, None
        while early is not None and (entry := early.take()) is not None:
            self.send(*entry[1])
        if self._end is not None:
            self.sink.finish(*self._end)

    def leave(self) -> None:
        """Unsubscribe. The last subscriber closes the shared subscription."""
        self._shared.leave(self)

    def _is_current(self, state: Versioned, first_versions: dict[str, int]) -> bool:
        if state.version < first_versions.get(state.id, 0):
            return False
        if first_versions.pop(state.id, None) is not None and not first_versions:
            self._first_versions = None
        return True
