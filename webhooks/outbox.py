"""Transactional outbox: a delivery is written in the same transaction as the change it reports."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from database.transaction import Transaction
from kit.errors import InvalidInput
from kit.ids import new_id
from kit.outbound import OutboundRequestFailed
from kit.timestamps import format_timestamp
from webhooks import repository
from webhooks.event import Event, LinkedFile

ValidateUrl = Callable[..., object]
WAKE_CHANNEL = "webhook_due"
"""Notifications with the queue of a new delivery, from processes without a dispatcher."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """Writes deliveries for the endpoints of an account.

    `validate_url` validates URLs; `wake` is called with the queues that have a new delivery. Without it, where no
    dispatcher runs, those of other processes are notified.
    """

    validate_url: ValidateUrl
    wake: Callable[[Collection[str]], None] | None = None

    def check_url(self, url: str, *, field: str) -> None:
        """Validate a webhook URL. Raises `InvalidInput`."""
        try:
            self.validate_url(url, field=field)
        except OutboundRequestFailed as failure:
            raise InvalidInput(failure.message, field=field) from None

    def enqueue(self, transaction: Transaction, event: Event, *, url: str | None = None) -> None:
        """Write deliveries for the subscribed endpoints of the account, and for the plain URL `url`."""
        rows = [_row(event, receiver) for receiver in _receivers(transaction, event, url)]
        if rows:
            repository.insert_deliveries(transaction.connection, rows)
            self.wake_after(transaction, {str(row["queue"]) for row in rows})

    def enqueue_for_url(self, transaction: Transaction, event: Event, *, url: str) -> None:
        """Write a delivery for the plain URL alone."""
        row = _row(event, _url_receiver(event, url))
        repository.insert_deliveries(transaction.connection, [row])
        self.wake_after(transaction, {str(row["queue"])})

    def wake_after(self, transaction: Transaction, queues: Collection[str]) -> None:
        """Wake the dispatcher for these queues after the commit."""
        wake = self.wake
        if wake is not None:
            transaction.after_commit(lambda: wake(queues))
            return
        for queue in queues:
            transaction.notify(WAKE_CHANNEL, queue)


@dataclass(frozen=True, slots=True)
class _Receiver:
    """A receiver of deliveries, and the queue of those to it, whose name starts with the account."""

    queue: str
    url: str
    endpoint_id: str | None


def _receivers(transaction: Transaction, event: Event, url: str | None) -> Iterator[_Receiver]:
    enabled = repository.enabled_endpoints(transaction.connection, event.account_id, test_mode=event.test_mode)
    for row in enabled:
        if event.type in row["events"]:
            yield _Receiver(repository.queue_of(event.account_id, row["id"]), row["url"], row["id"])
    if url is not None:
        yield _url_receiver(event, url)


def _url_receiver(event: Event, url: str) -> _Receiver:
    return _Receiver(repository.queue_of(event.account_id, _digest(url)), url, None)


def _digest(url: str) -> str:
    """Return a digest of a URL without its query; URLs can be longer than an index allows."""
    return sha256(url.partition("?")[0].encode()).hexdigest()


def _row(event: Event, receiver: _Receiver) -> Mapping[str, object]:
    return {
        "id": new_id("whd", event.at),
        "message_id": event.message_id,
        "account_id": event.account_id,
        "test_mode": event.test_mode,
        "event": event.type.value,
        "generation_id": event.generation_id,
        "endpoint_id": receiver.endpoint_id,
        "url": receiver.url,
        "queue": receiver.queue,
        "body": dict(event.body),
        "link": _stored_links(event),
        "format": None if event.format is None else event.format.value,
        "status": repository.PENDING,
        "attempts_since_replay": 0,
        "attempts": 0,
        "in_flight": False,
        "due_at": event.at,
        "created_at": event.at,
    }


def _stored_links(event: Event) -> Mapping[str, object] | None:
    if event.links:
        return {"files": [_stored(link) for link in event.links]}
    return None if event.link is None else _stored(event.link)


def _stored(link: LinkedFile) -> Mapping[str, str]:
    return {"key": link.key, "filename": link.filename, "expires_at": format_timestamp(link.expires_at)}
