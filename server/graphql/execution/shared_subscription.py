"""A feed that is followed once, and each change of it executed and encoded once, for all its members."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from graphql import ExecutionResult

from kit.conflating_queue import ConflatingQueue
from kit.feed import LatestVersions, Versioned, View
from server.graphql.errors import OperationFailed
from server.graphql.execution.result_queue import Sink
from server.graphql.responses import EncodedResult

AT_ONCE = 100  # members that are told before others on the loop have their turn


@dataclass(frozen=True, slots=True)
class Execution:
    """How an event becomes a result; `failing` turns whatever is raised inside it into `OperationFailed`."""

    execute: Callable[[object], Awaitable[ExecutionResult]]
    failing: Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class LastSent:
    """What was told last of a subject, and in which round; no result where nobody will read the subject again."""

    version: int
    round: int
    result: EncodedResult | None


class SharedSubscription:
    """Rounds of telling, one after the other, in a task that lasts while there is something to tell."""

    __slots__ = (
        "_closed",
        "_coming",
        "_execution",
        "_feed",
        "_members",
        "_on_close",
        "_pending",
        "_round",
        "_show",
        "_telling",
        "_told",
    )

    def __init__(self, view: View[Versioned, object], execution: Execution, on_close: Callable[[], None]) -> None:
        self._feed, self._show, self._execution, self._on_close = view.feed, view.show, execution, on_close
        self._members: set[Subscriber] = set()
        self._pending: ConflatingQueue[Versioned] = ConflatingQueue()
        self._coming: dict[str, int] = {}  # the newest version of each subject that is pending
        self._told: LatestVersions[LastSent] = LatestVersions()
        self._round = 0
        self._telling: asyncio.Task[None] | None = None
        self._closed = False
        self._feed.hub.join(self._feed.topic, self)

    def receive(self, state: Versioned) -> None:
        """Tell it to the members, unless they know it."""
        if state.version <= self._coming.get(state.id, 0):
            return
        self._coming[state.id] = state.version
        self._pending.put(state.id, state)
        if self._telling is None:
            self._telling = asyncio.get_running_loop().create_task(self._tell_pending())

    def enter(self, sink: Sink) -> "Subscriber":
        """A member whose sink gets nothing before `begin`."""
        member = Subscriber(self, sink, entered=self._round)
        self._members.add(member)
        return member

    def send_current_state(self, state: Versioned, member: "Subscriber") -> None:
        """Tell a new member how a subject stands by what they read themselves, or all of them if it is news to all."""
        told = self._told.get(state.id)
        if state.version > (told.version if told else self._feed.after):
            member.skip_versions_before(state)
            self.receive(state)
        elif told is not None and told.round > member.entered:
            member.skip_versions_before(state)  # it is being told just now, to this member too
        else:
            if told is not None and told.result is not None:
                member.sink.deliver(state.id, told.result)
            if self._feed.ends and state.is_over:
                member.end(None)

    def leave(self, member: "Subscriber") -> None:
        self._members.discard(member)
        if not self._members:
            self._close()
            if self._telling is not None:
                self._telling.cancel()

    def _close(self) -> None:
        if not self._closed:
            self._closed = True
            self._feed.hub.leave(self._feed.topic, self)
            self._on_close()

    async def _tell_pending(self) -> None:
        try:
            with self._execution.failing():
                while (entry := self._pending.take()) is not None:
                    await self._tell(entry[1])
                    if self._coming[entry[0]] == entry[1].version:
                        del self._coming[entry[0]]
        except OperationFailed as failure:
            await self._end(failure)
        finally:
            self._telling = None

    async def _tell(self, state: Versioned) -> None:
        told = self._told.get(state.id)
        if state.version > (told.version if told else self._feed.after):
            result = EncodedResult(await self._execution.execute(self._show(state)))
            # Whoever enters from here on is told the result by `tell_present`, and by nothing else.
            self._round += 1
            kept = result if self._feed.ends or not state.is_over else None
            self._told.put(state.id, LastSent(state.version, self._round, kept), is_over=state.is_over)
            await self._for_each(lambda member: member.tell(state, result))
        if self._feed.ends and state.is_over:
            await self._end(None)

    async def _end(self, failure: OperationFailed | None) -> None:
        self._close()
        await self._for_each(lambda member: member.end(failure))

    async def _for_each(self, call: "Callable[[Subscriber], None]") -> None:
        for number, member in enumerate(tuple(self._members), start=1):
            if member in self._members:
                call(member)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)


class Subscriber:
    """One of those who are told."""

    __slots__ = ("_channel", "_early", "_end", "_first", "entered", "sink")

    def __init__(self, channel: SharedSubscription, sink: Sink, *, entered: int) -> None:
        self._channel, self.sink, self.entered = channel, sink, entered
        # what is told to all before this one has read how things stand, and the version that was read of each subject
        self._early: ConflatingQueue[tuple[Versioned, EncodedResult]] | None = ConflatingQueue()
        self._first: dict[str, int] | None = None
        self._end: tuple[OperationFailed | None] | None = None

    def skip_versions_before(self, state: Versioned) -> None:
        """Keep older states of it to ourselves: the first that is told is the present one."""
        if self._first is None:
            self._first = {}
        self._first[state.id] = state.version

    def tell(self, state: Versioned, result: EncodedResult) -> None:
        if self._early is not None:
            self._early.put(state.id, (state, result))
        elif self._first is None or self._is_present(state, self._first):
            self.sink.deliver(state.id, result)

    def end(self, failure: OperationFailed | None) -> None:
        if self._early is None:
            self.sink.finish(failure)
        else:
            self._end = (failure,)

    def begin(self) -> None:
        """Hand on what came early, and from now on everything at once."""
        early, self._early = self._early, None
        while early is not None and (entry := early.take()) is not None:
            self.tell(*entry[1])
        if self._end is not None:
            self.sink.finish(*self._end)

    def leave(self) -> None:
        """Be told no more. The last one closes the channel."""
        self._channel.leave(self)

    def _is_present(self, state: Versioned, first: dict[str, int]) -> bool:
        if state.version < first.get(state.id, 0):
            return False
        if first.pop(state.id, None) is not None and not first:
            self._first = None
        return True
