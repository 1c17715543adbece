"""Counters with change notifications, published to subscriptions as generations are."""

import asyncio
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace

import strawberry

from kit.change_feed import Feed, View
from kit.errors import NotFound
from kit.pubsub import Hub

ALL = "all"


@dataclass(frozen=True, slots=True)
class CountState:
    id: str
    version: int = 1
    is_over: bool = False


@dataclass(slots=True)
class Counters:
    """The states by ID; `reads` counts state reads, `executions` counts resolver calls."""

    padding: int = 0
    hub: Hub[CountState] = field(default_factory=Hub)
    states: dict[str, CountState] = field(default_factory=dict)
    reads: int = 0
    executions: int = 0

    def add(self, id: str) -> None:
        self.states[id] = CountState(id)
        self._publish(id)

    def change(self, id: str, *, is_over: bool = False) -> None:
        self.states[id] = replace(self.states[id], version=self.states[id].version + 1, is_over=is_over)
        self._publish(id)

    def change_silently(self, id: str) -> None:
        """Change a counter without a notification."""
        self.states[id] = replace(self.states[id], version=self.states[id].version + 1)

    def repeat(self, id: str) -> None:
        """Repeat the last notification."""
        self._publish(id)

    def view(self, id: str, *, viewer: Hashable, after: int) -> "View[CountState, Count]":
        async def load_current() -> Sequence[CountState]:
            self.reads += 1
            await asyncio.sleep(0)
            if id not in self.states:
                raise NotFound(f"There is no counter {id!r}.")
            state = self.states[id]
            await asyncio.sleep(0)
            return [state]

        return View(Feed(self.hub, id, load_current, after=after, ends=True), viewer=viewer, show=self._show)

    def view_of_all(self, *, viewer: Hashable) -> "View[CountState, Count]":
        async def load_current() -> Sequence[CountState]:
            states = [state for state in self.states.values() if not state.is_over]
            await asyncio.sleep(0)
            return states

        return View(Feed(self.hub, ALL, load_current), viewer=viewer, show=self._show)

    def _show(self, state: CountState) -> "Count":
        return Count(
            id=strawberry.ID(state.id), version=state.version, padding=f"{state.version}" * self.padding, counters=self
        )

    def _publish(self, id: str) -> None:
        self.hub.publish(id, self.states[id])
        self.hub.publish(ALL, self.states[id])


@strawberry.type
class Count:
    id: strawberry.ID
    version: int
    padding: str
    counters: strawberry.Private[Counters]

    @strawberry.field
    async def executions(self) -> int:
        self.counters.executions += 1
        await asyncio.sleep(0)
        return self.counters.executions

    @strawberry.field
    def fault(self) -> str | None:
        raise ZeroDivisionError("a secret of ours")
