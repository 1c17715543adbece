"""A media store whose deletions are controlled by the test."""

import asyncio
from pathlib import Path

from media.disk import DiskStore
from media.store import StoreUnavailable


class SlowStore(DiskStore):
    """Deletions wait for `may_end`, and fail while `fails` is true."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.started, self.may_end = asyncio.Event(), asyncio.Event()
        self.fails = False

    async def delete(self, key: str) -> None:
        self.started.set()
        await self.may_end.wait()
        if self.fails:
            raise StoreUnavailable
        await super().delete(key)
