"""Every change of an account's generations, through lost connections: what happened meanwhile is asked for."""

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
BEGINNING = datetime.min.replace(tzinfo=UTC)
OVERLAP = timedelta(minutes=1)  # rows do not appear exactly in the order of their times
REMEMBERED = 10_000  # generations
AT_ONCE = 20  # generations looked up with one query

Told = Mapping[str, Any]


class Changes:
    """Tells no version of a generation twice, and nothing of what ended before `begin`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._versions: dict[str, int] = {}
        self._running: set[str] = set()
        self._newest = BEGINNING

    async def begin(self) -> None:
        """Take note of how things stand: only what changes from now on is told."""
        async for told in self._pages({"status": [PROCESSING]}):
            self._is_news(told)
        floor: datetime | None = None
        async for told in self._pages(None):
            floor = floor or _created(told) - OVERLAP
            if _created(told) < floor:
                return
            self._is_news(told)

    async def follow(self) -> AsyncGenerator[Told | None, None]:
        """What happened since the last connection, None, and then every change until this one is lost."""
        async with aclosing(self._client.subscribe(CHANGES)) as events:
            async for data in events:
                if data is None:
                    # Only once the subscription is on its way, so that nothing falls between the two.
                    async for told in self._catch_up():
                        yield told
                    yield None
                elif self._is_news(data["generationsUpdated"]):
                    yield data["generationsUpdated"]

    async def _catch_up(self) -> AsyncIterator[Told]:
        floor = self._newest - OVERLAP if self._newest > BEGINNING else BEGINNING
        running = sorted(self._running)
        for start in range(0, len(running), AT_ONCE):
            for told in await self._look_up(running[start : start + AT_ONCE]):
                if self._is_news(told):
                    yield told
        async for told in self._pages(None):
            if _created(told) < floor:
                return
            if self._is_news(told):
                yield told

    async def _look_up(self, generation_ids: Sequence[str]) -> list[Told]:
        fields = " ".join(
            f'g{n}: generation(id: "{id}") {{ ...GenerationState }}' for n, id in enumerate(generation_ids)
        )
        found = await self._client.execute(f"{{ {fields} }}{FRAGMENT}")
        return [told for told in found.values() if told is not None]

    async def _pages(self, filter: dict[str, Any] | None) -> AsyncIterator[Told]:
        """All of them, newest first, for as long as they are wanted."""
        after: str | None = None
        while True:
            page = (await self._client.execute(NEWEST, {"after": after, "filter": filter}))["generations"]
            for told in page["nodes"]:
                yield told
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]

    def _is_news(self, told: Told) -> bool:
        """Whether this version was not seen before; it is now."""
        generation_id, version = told["id"], told["version"]
        self._newest = max(self._newest, _created(told))
        if told["status"] == PROCESSING:
            self._running.add(generation_id)
        else:
            self._running.discard(generation_id)
        is_news = bool(version > self._versions.pop(generation_id, 0))
        self._versions[generation_id] = version
        if len(self._versions) > REMEMBERED:
            del self._versions[next(iter(self._versions))]
        return is_news


def _created(told: Told) -> datetime:
    return datetime.fromisoformat(told["createdAt"])
