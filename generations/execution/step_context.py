"""The state that a step shares with the queue that runs it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from generations.generation import Generation


class StepContext:
    """Shared by the queue and the steps of one generation: wakes a running step, for example after a cancellation."""

    def __init__(self, accepted: Generation | None = None) -> None:
        self.accepted = accepted
        """The generation as it was accepted, so that the first step does not read it; None afterwards."""
        self.deadline: datetime | None = None
        """The deadline of the generation, once a step has read it."""
        self.is_bound_to_process = False
        """Whether the job runs in this process, so that the next step has to, too."""
        self.waits_for_local_slot = False
        """Whether the next step waits for something that only this process knows, such as one of its slots."""
        self.load: Callable[[], Awaitable[Generation | None]] | None = None
        """Loads the generation if this process still has its queue entry; None if no other process can have it."""
        self.is_superseded = False
        """Whether the last step found that another one continues the work."""
        self._event = asyncio.Event()

    def notify(self) -> None:
        self._event.set()

    def clear(self) -> None:
        self.is_superseded = self.waits_for_local_slot = False
        self._event.clear()

    async def wait(self) -> None:
        await self._event.wait()
