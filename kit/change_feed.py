"""A change feed: the current state, then every change from a `kit.pubsub` topic, each version once and in order."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Hashable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from kit.pubsub import Hub

MAX_ENDED = 1_000  # ended subjects whose last version is remembered, so that it is not repeated


class Versioned(Protocol):
    """One version of an object that changes until it is over."""

    @property
    def id(self) -> str: ...

    @property
    def version(self) -> int: ...

    @property
    def is_over(self) -> bool: ...


S = TypeVar("S", bound=Versioned)
T = TypeVar("T")
V = TypeVar("V", covariant=True)


class LatestVersions(Generic[T]):
    """The last value of each subject: of all active ones, and of the most recently ended."""

    __slots__ = ("_active", "_ended")

    def __init__(self) -> None:
        self._active: dict[str, T] = {}
        self._ended: dict[str, T] | None = None

    def get(self, subject: str) -> T | None:
        found = self._active.get(subject)
        if found is None and self._ended is not None:
            return self._ended.get(subject)
        return found

    def put(self, subject: str, value: T, *, is_over: bool) -> None:
        if not is_over:
            self._active[subject] = value
            return
        self._active.pop(subject, None)
        if self._ended is None:
            self._ended = {}
        self._ended[subject] = value
        if len(self._ended) > MAX_ENDED:
            del self._ended[next(iter(self._ended))]


@dataclass(frozen=True, slots=True)
class Feed(Generic[S]):
    """A hub topic and how to read the current state of its subject.

    `load_current` is called after following the topic, so that no change is missed; it raises the errors of access.
    """

    hub: Hub[S]
    topic: str
    load_current: Callable[[], Awaitable[Sequence[S]]]
    after: int = 0
    """Versions up to this one are not reported."""
    ends: bool = False
    """Whether the feed ends with its subject."""

    async def states(self) -> AsyncGenerator[S, None]:
        """Yield all states to one reader. It starts to follow with the first `anext`."""
        sent: LatestVersions[int] = LatestVersions()
        with self.hub.follow(self.topic) as follower:
            states = list(await self.load_current())
            while True:
                for state in states:
                    if state.version > (sent.get(state.id) or self.after):
                        sent.put(state.id, state.version, is_over=state.is_over)
                        yield state
                    if self.ends and state.is_over:
                        return
                states = [await follower.next()]


@dataclass(frozen=True, slots=True)
class View(AsyncIterable[V], Generic[S, V]):
    """A feed as shown to a viewer: equal viewers get equal results."""

    feed: Feed[S]
    viewer: Hashable
    show: Callable[[S], V]

    async def __aiter__(self) -> AsyncIterator[V]:
        async with aclosing(self.feed.states()) as states:
            async for state in states:
                yield self.show(state)
