"""Follows the changes of an account's generations; after a lost connection it queries what was missed."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.client.graphql_client import Client
from cli.client.webhook_event import FRAGMENT, PROCESSING

CHANGES = f"subscription Changes {{ generationsUpdated {{ ...GenerationState }} }}{FRAGMENT}"
NEWEST = f"""
query Newest($after: String, $filter: GenerationFilter) {{
  generations(first: 100, after: $after, filter: $filter) {{
    nodes {{ ...GenerationState }} pageInfo {{ hasNextPage endCursor }}
  }}
}}{FRAGMENT}"""
EARLIEST = datetime.min.replace(tzinfo=UTC)
OVERLAP = timedelta(minutes=1)  # rows are not committed exactly in the order of createdAt
MAX_REMEMBERED = 10_000  # generations
LOOKUPS_PER_QUERY = 20  # generations

GenerationState = Mapping[str, Any]


class ChangeFollower:
    """Yields every version of a generation at most once, and no generation that had ended before `record_baseline`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._versions: dict[str, int] = {}
        self._running: set[str] = set()
        self._newest = EARLIEST

    async def record_baseline(self) -> None:
        """Record the current versions, so that `follow` yields only later changes."""
        async for state in self._list_newest({"status": [PROCESSING]}):
            self._record_if_new(state)
        floor: datetime | None = None
        async for state in self._list_newest(None):
            floor = floor or _created(state) - OVERLAP
            if _created(state) < floor:
                return
            self._record_if_new(state)

    async def follow(self) -> AsyncGenerator[GenerationState | None, None]:
        """Yield the changes since the last connection, None, and then every change until this connection is lost."""
        async with aclosing(self._client.subscribe(CHANGES)) as events:
            async for data in events:
                if data is None:
                    # After the subscription was sent, so that no change between the two is missed.
                    async for state in self._catch_up():
                        yield state
                    yield None
                elif self._record_if_new(data["generationsUpdated"]):
                    yield data["generationsUpdated"]

    async def _catch_up(self) -> AsyncIterator[GenerationState]:
        floor = self._newest - OVERLAP if self._newest > EARLIEST else EARLIEST
        running = sorted(self._running)
        for start in range(0, len(running), LOOKUPS_PER_QUERY):
            for state in await self._look_up(running[start : start + LOOKUPS_PER_QUERY]):
                if self._record_if_new(state):
                    yield state
        async for state in self._list_newest(None):
            if _created(state) < floor:
                return
            if self._record_if_new(state):
                yield state

    async def _look_up(self, generation_ids: Sequence[str]) -> list[GenerationState]:
        fields = " ".join(
            f'g{n}: generation(id: "{id}") {{ ...GenerationState }}' for n, id in enumerate(generation_ids)
        )
        found = await self._client.execute(f"{{ {fields} }}{FRAGMENT}")
        return [state for state in found.values() if state is not None]

    async def _list_newest(self, filter: dict[str, Any] | None) -> AsyncIterator[GenerationState]:
        """Yield generations, newest first, page by page."""
        after: str | None = None
        while True:
            page = (await self._client.execute(NEWEST, {"after": after, "filter": filter}))["generations"]
            for state in page["nodes"]:
                yield state
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]

    def _record_if_new(self, state: GenerationState) -> bool:
        """Record the state; return whether its version is newer than the recorded one."""
        generation_id, version = state["id"], state["version"]
        self._newest = max(self._newest, _created(state))
        if state["status"] == PROCESSING:
            self._running.add(generation_id)
        else:
            self._running.discard(generation_id)
        is_new = bool(version > self._versions.pop(generation_id, 0))
        self._versions[generation_id] = version
        if len(self._versions) > MAX_REMEMBERED:
            del self._versions[next(iter(self._versions))]
        return is_new


def _created(state: GenerationState) -> datetime:
    return datetime.fromisoformat(state["createdAt"])
