"""What can be followed: how things stand now, then every change of them, each version once and in order."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Hashable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from kit.events import Hub

ENDED_KEPT = 1_000  # subjects whose end is remembered, so that it is not told twice


class Versioned(Protocol):
    """One state of something that changes until it is over."""

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
    """What was last told of each subject: of all that go on, and of the last that ended."""

    __slots__ = ("_ended", "_going")

    def __init__(self) -> None:
        self._going: dict[str, T] = {}
        self._ended: dict[str, T] | None = None

    def get(self, subject: str) -> T | None:
        found = self._going.get(subject)
        if found is None and self._ended is not None:
            return self._ended.get(subject)
        return found

    def put(self, subject: str, value: T, *, is_over: bool) -> None:
        if not is_over:
            self._going[subject] = value
            return
        self._going.pop(subject, None)
        if self._ended is None:
            self._ended = {}
        self._ended[subject] = value
        if len(self._ended) > ENDED_KEPT:
            del self._ended[next(iter(self._ended))]


@dataclass(frozen=True, slots=True)
class Feed(Generic[S]):
    """A topic of a hub, and how to read the present state of what changes there.

    `present` is asked once the topic is followed, so nothing falls between; it raises what the caller may not have.
    """

    hub: Hub[S]
    topic: str
    present: Callable[[], Awaitable[Sequence[S]]]
    after: int = 0
    """Versions up to this one are not told."""
    ends: bool = False
    """Whether it ends with the one thing that it tells of."""

    async def states(self) -> AsyncGenerator[S, None]:
        """All of it for one reader. It follows from when it is first asked."""
        told: LatestVersions[int] = LatestVersions()
        with self.hub.follow(self.topic) as follower:
            states = list(await self.present())
            while True:
                for state in states:
                    if state.version > (told.get(state.id) or self.after):
                        told.put(state.id, state.version, is_over=state.is_over)
                        yield state
                    if self.ends and state.is_over:
                        return
                states = [await follower.next()]


@dataclass(frozen=True, slots=True)
class View(AsyncIterable[V], Generic[S, V]):
    """A feed as it is shown to some viewers: equal viewers are shown the same."""

    feed: Feed[S]
    viewer: Hashable
    show: Callable[[S], V]

    async def __aiter__(self) -> AsyncIterator[V]:
        async with aclosing(self.feed.states()) as states:
            async for state in states:
                yield self.show(state)
