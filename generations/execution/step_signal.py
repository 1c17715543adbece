"""The signal that wakes a running step."""

import asyncio
from datetime import datetime


class StepSignal:
    """Signals a running step that its generation was woken, for example because it was cancelled."""

    def __init__(self) -> None:
        self.deadline: datetime | None = None
        """The deadline of the generation, once a step has read it."""
        self.keeps_process = False
        """Whether the job runs in this process, so that the next step has to, too."""
        self._event = asyncio.Event()

    def notify(self) -> None:
        self._event.set()

    def clear(self) -> None:
        self._event.clear()

    async def wait(self) -> None:
        await self._event.wait()
