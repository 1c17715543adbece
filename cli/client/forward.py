"""Delivers webhook events to a local URL and prints the outcome of each."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

import httpx
from rich.console import Console

from cli.client.webhook_event import WebhookEvent
from kit.webhook_signature import sign

TIMEOUT = 15.0  # seconds for the receiver to respond
CONCURRENT_DELIVERIES = 4


@dataclass
class Forwarder:
    """Delivers each event once. A failed delivery is reported and not retried."""

    target: str
    secret: str
    console: Console
    accepted: int = 0
    failed: int = 0
    _events: asyncio.Queue[WebhookEvent] = field(default_factory=asyncio.Queue)

    @classmethod
    @asynccontextmanager
    async def open(cls, target: str, *, secret: str, console: Console) -> AsyncIterator[Self]:
        forwarder = cls(target, secret, console)
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as http:
            workers = [asyncio.create_task(forwarder._run_worker(http)) for _ in range(CONCURRENT_DELIVERIES)]
            try:
                yield forwarder
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)

    def put(self, event: WebhookEvent) -> None:
        """Queue the event for delivery, in order."""
        self._events.put_nowait(event)

    async def _run_worker(self, http: httpx.AsyncClient) -> None:
        while True:
            event = await self._events.get()
            began = time.monotonic()
            outcome = await self._deliver(http, event)
            took = round((time.monotonic() - began) * 1000)
            moment = datetime.now().astimezone().strftime("%H:%M:%S")
            self.console.print(f"{moment}  {event.type:<20}  {event.generation_id}  {outcome} in {took} ms")

    async def _deliver(self, http: httpx.AsyncClient, event: WebhookEvent) -> str:
        headers = sign([self.secret], message_id=event.message_id, timestamp=int(time.time()), body=event.body)
        headers["content-type"] = "application/json"
        try:
            async with asyncio.timeout(TIMEOUT):
                response = await http.post(self.target, content=event.body, headers=headers)
        except (httpx.HTTPError, TimeoutError) as error:
            self.failed += 1
            return f"no answer: {str(error) or type(error).__name__}"
        if response.is_success:
            self.accepted += 1
        else:
            self.failed += 1
        return str(response.status_code)
