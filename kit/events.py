"""Fan-out inside one process: whoever follows a topic gets every value published on it, in order."""

import asyncio
from collections import deque
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
BACKLOG = 64  # values kept for a follower that reads too slowly; the oldest go first, the newest always arrives


class Receiver(Protocol[T_contra]):
    """Is handed what is published, and returns at once."""

    def receive(self, value: T_contra) -> None: ...


class Hub(Generic[T]):
    """Topics and those who follow them. Publishing never waits."""

    def __init__(self) -> None:
        self._followers: dict[str, set[Receiver[T]]] = {}

    def publish(self, topic: str, value: T) -> None:
        for follower in self._followers.get(topic, ()):
            follower.receive(value)

    def follow(self, topic: str) -> "Follower[T]":
        """Values published from the moment the follower is entered (`with`), to be awaited one by one."""
        return Follower(self, topic)

    def follows(self, topic: str) -> bool:
        """Whether anybody follows the topic now."""
        return topic in self._followers

    def join(self, topic: str, follower: Receiver[T]) -> None:
        self._followers.setdefault(topic, set()).add(follower)

    def leave(self, topic: str, follower: Receiver[T]) -> None:
        followers = self._followers.get(topic)
        if followers is not None:
            followers.discard(follower)
            if not followers:
                del self._followers[topic]


class Follower(Generic[T]):
    """One who follows a topic."""

    __slots__ = ("_arrived", "_hub", "_topic", "_values")

    def __init__(self, hub: Hub[T], topic: str) -> None:
        self._hub, self._topic = hub, topic
        self._values: deque[T] = deque(maxlen=BACKLOG)
        self._arrived: asyncio.Future[None] | None = None

    def receive(self, value: T) -> None:
        self._values.append(value)
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    async def next(self) -> T:
        """The oldest value not yet seen, waiting for one if there is none."""
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
