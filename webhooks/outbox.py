"""What is to be told, written in the transaction of what it tells of, so that neither is without the other."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from database.transaction import Transaction
from kit.errors import InvalidInput, InvalidMediaUrl
from kit.ids import new_id
from kit.timestamps import format_timestamp
from webhooks import repository
from webhooks.event import Event, Link

CheckAddress = Callable[..., object]


def _nobody_listens(_: Collection[str]) -> None:
    """Without a dispatcher, rows wait."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """Takes events for everybody who wants to be told of them.

    `check_form` refuses addresses that can be seen to be wrong (`kit.outbound.Guard.check_form`); `wake` is told the
    lanes in which something new is due.
    """

    validate_url: CheckAddress
    wake: Callable[[Collection[str]], None] = field(default=_nobody_listens)

    def check_address(self, url: str, *, field: str) -> None:
        """Refuse an address that can be seen to be wrong. Raises `InvalidInput`."""
        try:
            self.validate_url(url, field=field)
        except InvalidMediaUrl as refusal:
            raise InvalidInput(refusal.message, field=field) from None

    def put(self, transaction: Transaction, event: Event, *, url: str | None = None) -> None:
        """Have the account's endpoints told of it, those that want to be, and the plain address `url`."""
        rows = [_row(event, receiver) for receiver in _receivers(transaction, event, url)]
        if rows:
            repository.insert_deliveries(transaction.connection, rows)
            self.wake_after(transaction, {str(row["lane"]) for row in rows})

    def wake_after(self, transaction: Transaction, lanes: Collection[str]) -> None:
        """Have what is due in the lanes attempted once the transaction is committed."""
        transaction.after_commit(lambda: self.wake(lanes))


@dataclass(frozen=True, slots=True)
class _Receiver:
    lane: str
    """What waits for the same receiver; it begins with the account."""
    url: str
    endpoint_id: str | None


def _receivers(transaction: Transaction, event: Event, url: str | None) -> Iterator[_Receiver]:
    enabled = repository.enabled_endpoints(transaction.connection, event.account_id, test_mode=event.test_mode)
    for row in enabled:
        if event.type in row["events"]:
            yield _Receiver(repository.lane_of(event.account_id, row["id"]), row["url"], row["id"])
    if url is not None:
        yield _Receiver(repository.lane_of(event.account_id, _digest(url)), url, None)


def _digest(url: str) -> str:
    """Names an address without its query; an address itself can be longer than an index takes."""
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
        "lane": receiver.lane,
        "body": dict(event.body),
        "link": None if event.link is None else _stored(event.link),
        "status": repository.PENDING,
        "tries": 0,
        "attempts": 0,
        "under_way": False,
        "due_at": event.at,
        "created_at": event.at,
    }


def _stored(link: Link) -> Mapping[str, str]:
    return {"key": link.key, "filename": link.filename, "expires_at": format_timestamp(link.expires_at)}
