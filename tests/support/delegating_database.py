"""A database that delegates to another, for tests that override single methods."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection

from database.transaction import Database, Transaction

T = TypeVar("T")


class DelegatingDatabase(Database):
    def __init__(self, inner: Database) -> None:
        super().__init__()
        self.inner = inner
        self.change_listeners = inner.change_listeners

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        return await self.inner.transact(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self.inner.read(work)

    def listen(
        self,
        channel: str,
        receive: Callable[[str], None],
        *,
        on_listening: Callable[[], None],
        include_own: bool = True,
    ) -> None:
        self.inner.listen(channel, receive, on_listening=on_listening, include_own=include_own)

    @property
    def is_listening(self) -> bool:
        return self.inner.is_listening

    @property
    def is_congested(self) -> bool:
        return self.inner.is_congested

    @property
    def last_gap(self) -> timedelta:
        return self.inner.last_gap

    async def read_time(self, monotonic: Callable[[], float]) -> tuple[datetime, float] | None:
        return await self.inner.read_time(monotonic)

    async def lock_exclusively(self) -> None:
        await self.inner.lock_exclusively()

    async def close(self) -> None:
        await self.inner.close()
