"""Dispatches due deliveries: new ones at once, failed ones later, each receiver independently."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping

from database.transaction import Database, Transaction
from kit.clock import Clock, WakeableTimer
from kit.logs import get_logger
from kit.metrics import WEBHOOK_ATTEMPTS
from kit.outbound import SafeHttpClient
from kit.retry import retry_until_done
from kit.webhook_secrets import WebhookSecrets
from webhooks import repository
from webhooks.attempt import LinkSigner, Message, make_attempt
from webhooks.attempt_outcome import record
from webhooks.event import LinkedFile, MessageFormat
from webhooks.outbox import WAKE_CHANNEL, Outbox

MAX_CONCURRENT_PER_QUEUE = 16  # concurrent attempts per receiver
REFILL_BELOW = MAX_CONCURRENT_PER_QUEUE // 2  # attempts in flight: several deliveries are taken by one statement
MAX_CONCURRENT_PER_ACCOUNT = 64
MAX_CONCURRENT_PER_ACCOUNT_WITH_HUNG = (
    128  # with one attempt for each queue while other receivers of the account do not respond
)
MAX_CONCURRENT = 512
LEASE_DURATION = timedelta(seconds=60)  # longer than an attempt and its record; then it counts as lost
RESCAN = timedelta(seconds=5)  # interval to see rows of other processes that did not notify this one
NAME = "webhooks"

logger = get_logger(__name__)


class Dispatcher:
    """Runs delivery attempts. Deliveries are rows; memory only has the due time of each queue."""

    def __init__(self, database: Database, clock: Clock, http_client: SafeHttpClient, sign_link: LinkSigner) -> None:
        self._database, self._clock, self._http_client, self._sign_link = database, clock, http_client, sign_link
        self.outbox = Outbox(http_client.validate_url, self._wake)
        self._timer = WakeableTimer(clock)
        self._due: dict[str, datetime] = {}
        self._woken: set[str] = set()
        self._in_flight: Counter[str] = Counter()
        self._attempts: set[asyncio.Task[None]] = set()
        self._rescan_at = clock.now()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is in flight or due."""
        return self._timer.is_waiting and not self._attempts

    async def run(self) -> None:
        """Run attempts until cancelled.

        Attempts that a previous process did not record are due at once, or when their lease expires if other servers
        share the database: they may be running there.
        """
        self._database.listen(
            WAKE_CHANNEL, lambda queue: self._wake({queue}), on_listening=self._rescan_now, include_own=False
        )
        try:
            if not self._database.is_shared:
                await retry_until_done(self._release, self._timer, self._clock, name=NAME)
            while True:
                await retry_until_done(self._step, self._timer, self._clock, name=NAME)
        finally:
            for attempt in self._attempts:
                attempt.cancel()
            await asyncio.gather(*self._attempts, return_exceptions=True)

    async def _release(self) -> None:
        now = self._clock.now()
        await self._database.transact(lambda transaction: repository.requeue_in_flight(transaction.connection, at=now))

    async def _step(self) -> None:
        await self._rescan()
        await self._take_due()
        next_due = self._next_due_at()
        if next_due > self._clock.now() and not self._capacity():
            await self._timer.wait_until(next_due)

    def _wake(self, queues: Collection[str]) -> None:
        now = self._clock.now()
        for queue in queues:
            self._due[queue] = now
        self._woken.update(queues)
        self._timer.wake()

    def _rescan_now(self) -> None:
        self._rescan_at = self._clock.now()
        self._timer.wake()

    async def _rescan(self) -> None:
        now = self._clock.now()
        if now < self._rescan_at:
            return
        for queue, due in (await self._database.read(repository.queues_with_due_times)).items():
            self._schedule(queue, due)
        self._rescan_at = now + RESCAN

    async def _take_due(self) -> None:
        """Start as many attempts as allowed, longest-waiting queues first."""
        capacity = self._capacity()
        if not capacity:
            return
        now = self._clock.now()

        def take(transaction: Transaction) -> Mapping[str, tuple[Sequence[RowMapping], datetime | None]]:
            return {
                queue: repository.take_due(
                    transaction.connection, queue, at=now, leased_until=now + LEASE_DURATION, limit=limit
                )
                for queue, limit in capacity.items()
            }

        self._woken.clear()
        taken = await self._database.transact(take)
        for queue, (rows, next_due) in taken.items():
            if queue not in self._woken:
                del self._due[queue]
            if next_due is not None:
                self._schedule(queue, next_due)
            for row in rows:
                self._begin(message_of(row, at=now))

    def _capacity(self) -> Mapping[str, int]:
        """Return the due queues that may start attempts, and how many."""
        now, left = self._clock.now(), MAX_CONCURRENT - len(self._attempts)
        planned: Counter[str] = Counter()
        capacity: dict[str, int] = {}
        for queue in sorted((queue for queue, due in self._due.items() if due <= now), key=self._due.__getitem__):
            account = _account_of(queue)
            in_flight = self._in_flight[queue]
            used = self._in_flight[account] + planned[account]
            # An idle queue gets one attempt even above the account's limit: receivers of its other queues may hang.
            minimum = 1 if in_flight == 0 and used < MAX_CONCURRENT_PER_ACCOUNT_WITH_HUNG else 0
            limit = min(MAX_CONCURRENT_PER_QUEUE - in_flight, max(MAX_CONCURRENT_PER_ACCOUNT - used, minimum), left)
            if limit > 0 and in_flight <= REFILL_BELOW:
                capacity[queue] = limit
                planned[account] += limit
                left -= limit
        return capacity

    def _begin(self, message: Message) -> None:
        counted = (message.queue, _account_of(message.queue))
        self._in_flight.update(counted)

        def ended(attempt: asyncio.Task[None]) -> None:
            self._attempts.discard(attempt)
            if not attempt.cancelled() and (failure := attempt.exception()) is not None:
                # The delivery stays in flight until its lease expires, and is then attempted again.
                logger.exception("webhook_attempt_failed", failure, delivery_id=message.delivery_id)
            self._in_flight.subtract(counted)
            for name in counted:
                if not self._in_flight[name]:
                    del self._in_flight[name]
            self._timer.wake()

        attempt = asyncio.create_task(self._attempt(message), name=message.delivery_id)
        self._attempts.add(attempt)
        attempt.add_done_callback(ended)

    async def _attempt(self, message: Message) -> None:
        outcome = await make_attempt(message, self._http_client, self._clock, self._sign_link)
        WEBHOOK_ATTEMPTS.add("error" if outcome.status is None else f"{outcome.status // 100}xx")
        logger.info(
            "webhook_attempt",
            delivery_id=message.delivery_id,
            message_id=message.message_id,
            endpoint_id=message.endpoint_id,
            status=outcome.status,
            error=outcome.error,
            duration_ms=outcome.latency,
        )
        await self._database.transact(
            lambda transaction: record(transaction, self.outbox, message, outcome, at=self._clock.now())
        )

    def _schedule(self, queue: str, due: datetime) -> None:
        self._due[queue] = min(due, self._due.get(queue, due))

    def _next_due_at(self) -> datetime:
        """Return when the next queue is due, at the latest the next rescan."""
        now = self._clock.now()
        later = [due for due in self._due.values() if due > now]
        return min((*later, self._rescan_at))


def _account_of(queue: str) -> str:
    return queue.partition("/")[0]


def message_of(row: RowMapping, *, at: datetime) -> Message:
    """Return the message of a delivery that was taken."""
    if row["endpoint_id"] is None:
        columns = ("webhook_secret", "previous_webhook_secret", "previous_webhook_secret_until")
    else:
        columns = ("secret", "previous_secret", "previous_secret_until")
    current, previous, until = (row[name] for name in columns)
    return Message(
        delivery_id=row["id"],
        message_id=row["message_id"],
        queue=row["queue"],
        endpoint_id=row["endpoint_id"],
        url=row["url"],
        secrets=WebhookSecrets(current, previous, until).in_use(at),
        body=row["body"],
        leased_until=row["due_at"],
        links=_links_of(row["link"]),
        format=None if row["format"] is None else MessageFormat(row["format"]),
    )


def _links_of(stored: Mapping[str, Any] | None) -> tuple[LinkedFile, ...]:
    if stored is None:
        return ()
    return tuple(link_of(file) for file in stored["files"]) if "files" in stored else (link_of(stored),)


def link_of(stored: Mapping[str, str]) -> LinkedFile:
    """Return a link from its stored form."""
    return LinkedFile(stored["key"], stored["filename"], datetime.fromisoformat(stored["expires_at"]))
