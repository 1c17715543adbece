"""The shared subscriptions that are open, by document, variables and viewer."""

from collections.abc import AsyncGenerator, Hashable
from contextlib import ExitStack

from kit.change_feed import Versioned, View
from server.graphql.execution.paced_calls import PacedCalls
from server.graphql.execution.result_queue import AwaitableResultQueue, Sink
from server.graphql.execution.shared_subscription import Execution, SharedSubscription, Subscriber
from server.graphql.responses import EncodedResult


class SubscriptionRegistry:
    """Opens a shared subscription for its first subscriber; it closes with the last one, or with its feed."""

    def __init__(self) -> None:
        self._open: dict[Hashable, SharedSubscription] = {}
        self._turns = PacedCalls()

    def __len__(self) -> int:
        return len(self._open)

    def get_or_open(self, key: Hashable, view: View[Versioned, object], execution: Execution) -> SharedSubscription:
        """Return the shared subscription of `key`. A new one has to be subscribed to before the next await."""
        subscription = self._open.get(key)
        if subscription is None:
            subscription = SharedSubscription(view, execution, self._turns, on_close=lambda: self._discard(key))
            self._open[key] = subscription
        return subscription

    def _discard(self, key: Hashable) -> None:
        del self._open[key]


class SharedResults:
    """The results of a subscription, shared with all of equal `key`."""

    __slots__ = ("_execution", "_key", "_registry", "_view")

    def __init__(
        self, registry: SubscriptionRegistry, *, key: Hashable, view: View[Versioned, object], execution: Execution
    ) -> None:
        self._registry, self._key, self._view, self._execution = registry, key, view, execution

    async def join(self, sink: Sink) -> Subscriber:
        """Deliver the current state, then every change. Raises `OperationFailed`. The caller has to call `leave`."""
        with self._execution.failure_boundary(), ExitStack() as undo:
            subscription = self._registry.get_or_open(self._key, self._view, self._execution)
            subscriber = subscription.subscribe(sink)
            undo.callback(subscriber.leave)
            # Each subscriber reads the state itself, which checks its permission and repairs a lost notification.
            for state in await self._view.feed.load_current():
                subscription.send_current_state(state, subscriber)
            undo.pop_all()
        subscriber.start()
        return subscriber

    async def results(self) -> AsyncGenerator[EncodedResult, None]:
        """Yield the results one by one. Raises `OperationFailed`."""
        queue = AwaitableResultQueue()
        subscriber = await self.join(queue)
        try:
            async for result in queue.results():
                yield result
        finally:
            subscriber.leave()
