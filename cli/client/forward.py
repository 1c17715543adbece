"""Delivers events to a port of this machine, as the server delivers webhooks, and says how each went."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

import httpx
from rich.console import Console

from cli.client.webhook_event import Event
from kit.webhook_signature import sign

PATIENCE = 15.0  # seconds that the receiver has to answer
AT_ONCE = 4  # deliveries under way


@dataclass
class Forwarder:
    """Delivers each event once. A delivery that fails is said, and not repeated."""

    target: str
    secret: str
    console: Console
    accepted: int = 0
    failed: int = 0
    _events: asyncio.Queue[Event] = field(default_factory=asyncio.Queue)

    @classmethod
    @asynccontextmanager
    async def open(cls, target: str, *, secret: str, console: Console) -> AsyncIterator[Self]:
        forwarder = cls(target, secret, console)
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as http:
            workers = [asyncio.create_task(forwarder._work(http)) for _ in range(AT_ONCE)]
            try:
                yield forwarder
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)

    def put(self, event: Event) -> None:
        """Have it delivered as soon as those before it are under way."""
        self._events.put_nowait(event)

    async def _work(self, http: httpx.AsyncClient) -> None:
        while True:
            event = await self._events.get()
            began = time.monotonic()
            outcome = await self._deliver(http, event)
            took = round((time.monotonic() - began) * 1000)
            moment = datetime.now().astimezone().strftime("%H:%M:%S")
            self.console.print(f"{moment}  {event.type:<20}  {event.generation_id}  {outcome} in {took} ms")

    async def _deliver(self, http: httpx.AsyncClient, event: Event) -> str:
        headers = sign([self.secret], message_id=event.message_id, timestamp=int(time.time()), body=event.body)
        headers["content-type"] = "application/json"
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await http.post(self.target, content=event.body, headers=headers)
        except (httpx.HTTPError, TimeoutError) as error:
            self.failed += 1
            return f"no answer: {str(error) or type(error).__name__}"
        if answer.is_success:
            self.accepted += 1
        else:
            self.failed += 1
        return str(answer.status_code)
