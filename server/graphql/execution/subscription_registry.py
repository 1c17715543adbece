"""One execution and one encoding of each event for all who ask for the same."""

from collections.abc import AsyncGenerator, Hashable
from contextlib import ExitStack

from kit.feed import Versioned, View
from server.graphql.execution.result_queue import AwaitableResultQueue, Sink
from server.graphql.execution.shared_subscription import Execution, SharedSubscription, Subscriber
from server.graphql.responses import EncodedResult


class SubscriptionRegistry:
    """The channels that are open: one opens with its first member and closes with its last, or with its feed."""

    def __init__(self) -> None:
        self._channels: dict[Hashable, SharedSubscription] = {}

    def __len__(self) -> int:
        return len(self._channels)

    def channel(self, key: Hashable, view: View[Versioned, object], execution: Execution) -> SharedSubscription:
        """The channel of those who ask for that; a new one has to be entered at once."""
        channel = self._channels.get(key)
        if channel is None:
            channel = self._channels[key] = SharedSubscription(view, execution, on_close=lambda: self._forget(key))
        return channel

    def _forget(self, key: Hashable) -> None:
        del self._channels[key]


class SharedResults:
    """The results of a subscription, shared with all whose key is equal."""

    __slots__ = ("_execution", "_key", "_sharing", "_view")

    def __init__(
        self, sharing: SubscriptionRegistry, *, key: Hashable, view: View[Versioned, object], execution: Execution
    ) -> None:
        self._sharing, self._key, self._view, self._execution = sharing, key, view, execution

    async def join(self, sink: Sink) -> Subscriber:
        """Deliver how things stand now, then every change. Raises `OperationFailed`; the member has to leave."""
        with self._execution.failing(), ExitStack() as undo:
            channel = self._sharing.channel(self._key, self._view, self._execution)
            member = channel.enter(sink)
            undo.callback(member.leave)
            # Each reads for themselves: whether they may, and what a lost notification would hide.
            for state in await self._view.feed.present():
                channel.send_current_state(state, member)
            undo.pop_all()
        member.begin()
        return member

    async def results(self) -> AsyncGenerator[EncodedResult, None]:
        """The same for one who takes them one by one. Raises `OperationFailed`."""
        inbox = AwaitableResultQueue()
        member = await self.join(inbox)
        try:
            async for result in inbox.results():
                yield result
        finally:
            member.leave()
