"""An upstream and a library that break, hang and answer late as they are told."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from generations.generation import StoredOutput
from kit.errors import GenerationFailed
from providers.backend import Job, JSONObject, Output, Snapshot, SubmissionLost, SubmissionRefused
from tests.fixtures.upstream import Upstream


class Gate:
    """Where calls wait while it is shut; `held` says whose."""

    def __init__(self) -> None:
        self.held: Counter[str] = Counter()
        self._open = asyncio.Event()
        self._open.set()

    def shut(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    async def pass_through(self, generation_id: str) -> None:
        if self._open.is_set():
            return
        self.held[generation_id] += 1
        try:
            await self._open.wait()
        finally:
            self.held[generation_id] -= 1

    @property
    def holding(self) -> set[str]:
        return set() if self._open.is_set() else set(+self.held)
