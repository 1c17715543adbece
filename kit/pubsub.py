"""In-process publish/subscribe: a follower of a topic gets its values in order; a slow one loses the oldest."""

import asyncio
from collections import deque
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
MAX_QUEUED = 64  # values queued for a slow follower; the oldest are dropped


class Receiver(Protocol[T_contra]):
    """Receives published values. Does not block."""

    def receive(self, value: T_contra) -> None: ...


class Hub(Generic[T]):
    """Topics and their followers. Publishing does not block."""

    def __init__(self) -> None:
        self._followers: dict[str, set[Receiver[T]]] = {}

    def publish(self, topic: str, value: T) -> None:
        for follower in self._followers.get(topic, ()):
            follower.receive(value)

    def follow(self, topic: str) -> "Follower[T]":
        """Return a follower that receives values from the moment it is entered (`with`)."""
        return Follower(self, topic)

    def follows(self, topic: str) -> bool:
        """Whether the topic has followers."""
        return topic in self._followers

    def topics(self) -> list[str]:
        """Return the topics that have followers."""
        return list(self._followers)

    def join(self, topic: str, follower: Receiver[T]) -> None:
        self._followers.setdefault(topic, set()).add(follower)

    def leave(self, topic: str, follower: Receiver[T]) -> None:
        followers = self._followers.get(topic)
        if followers is not None:
            followers.discard(follower)
            if not followers:
                del self._followers[topic]


class Follower(Generic[T]):
    """A follower of one topic."""

    __slots__ = ("_arrived", "_hub", "_topic", "_values")

    def __init__(self, hub: Hub[T], topic: str) -> None:
        self._hub, self._topic = hub, topic
        self._values: deque[T] = deque(maxlen=MAX_QUEUED)
        self._arrived: asyncio.Future[None] | None = None

    def receive(self, value: T) -> None:
        self._values.append(value)
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    async def next(self) -> T:
        """Return the oldest unread value, waiting for one if there is none."""
        while not self._values:
            self._arrived = asyncio.get_running_loop().create_future()
            await self._arrived
        return self._values.popleft()

    def __enter__(self) -> Self:
        self._hub.join(self._topic, self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hub.leave(self._topic, self)
