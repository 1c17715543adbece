"""Requests without an idempotency key that a client sends again by itself, counting how often.

Such a client, as the SDKs of OpenAI, numbers the deliveries of one request: 0, 1, 2. Requests with the same content are
interchangeable, so a repetition is matched with any accepted request of the same content that has not seen its number.
Deliveries may overlap, and a repetition may be accepted before the delivery that it repeats.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from accounts.principal import Principal
from database.transaction import Transaction
from generations import repository
from generations.generation import Generation
from generations.requests import idempotency
from generations.requests.generation_request import GenerationRequest

WINDOW = timedelta(minutes=11)
"""How long after a delivery the next one may come: the SDKs give up a delivery after 10 minutes."""
SLACK = timedelta(minutes=1)
"""How far the times of accepted requests may be out of order."""
MAX_COUNT = 9
MAX_COMPARED = 1_000  # accepted requests of the same content
SEPARATOR = "\x1f"
"""Keys of clients are printable, so none equals a key of this module."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a request arrived."""

    content: str
    """A hash of what was sent."""
    count: int | None
    """The number of deliveries before this one, if the client counts."""
    received_at: datetime
    has_files: bool = False
    """Whether it came with files, whose uploads have other ids in each delivery."""


class Owner(TypedDict):
    """Whose keys they are."""

    account_id: str
    test_mode: bool


@dataclass(frozen=True, slots=True)
class _Accepted:
    """An accepted request, and the counts of its deliveries so far."""

    key: str
    counts: frozenset[int]
    generation_id: str


class _Content:
    """The accepted requests of one content of one API key.

    Their keys in the idempotency table are `base` with a number. The row of `base` itself is locked while a delivery
    is handled; it has the next number, and whether a repetition was ever accepted before its first delivery.
    """

    def __init__(
        self, transaction: Transaction, principal: Principal, delivery: Delivery, *, count: int, at: datetime
    ) -> None:
        digest = hashlib.sha256(f"{principal.key_id} {delivery.content}".encode()).hexdigest()
        self._transaction, self._at = transaction, at
        self._owner = Owner(account_id=principal.account_id, test_mode=principal.test_mode)
        self._base = f"{SEPARATOR}{digest}"
        self._count, self._received_at = min(count, MAX_COUNT), delivery.received_at
        row = {**self._owner, "key": self._base, "request_hash": "0", "generation_id": "", "created_at": at}
        state = repository.lock_key(transaction.connection, row)
        self._next, self._has_early = int(state.rstrip("+")), state.endswith("+")

    def add(self, generation_id: str) -> None:
        """Record the delivery as the first one that was accepted."""
        row = {
            **self._owner,
            "key": self._key(self._next),
            "request_hash": str(self._count),
            "generation_id": generation_id,
            "created_at": self._at,
        }
        repository.claim_key(self._transaction.connection, row)
        state = f"{self._next + 1}{'+' if self._has_early or self._count > 0 else ''}"
        self._set_counts(self._base, state)

    def match(self) -> Generation | None:
        """Return the generation of the request that this delivery belongs to, if it was accepted."""
        if self._count == 0 and not self._has_early:
            return None
        found: _Accepted | None = None
        for accepted in self._recent():
            if self._count in accepted.counts:
                continue
            found = found or accepted
            if self._count == 0 or self._count - 1 in accepted.counts:
                found = accepted
                break
        if found is None:
            return None
        self._set_counts(found.key, "".join(str(count) for count in sorted({*found.counts, self._count})))
        return repository.load(self._transaction.connection, found.generation_id)

    def _recent(self) -> Iterator[_Accepted]:
        """Yield the requests that may be the same, newest first.

        A first delivery belongs to those accepted since it was received, from a repetition that was faster.
        """
        oldest = self._received_at if self._count == 0 else self._at - WINDOW * self._count
        for number in range(self._next - 1, max(-1, self._next - 1 - MAX_COMPARED), -1):
            row = repository.find_key(self._transaction.connection, **self._owner, key=self._key(number))
            if row is None:
                continue
            if row["created_at"] < oldest - SLACK:
                return
            if row["created_at"] >= oldest:
                counts = frozenset(int(count) for count in row["request_hash"])
                yield _Accepted(row["key"], counts, row["generation_id"])

    def _key(self, number: int) -> str:
        return f"{self._base}{SEPARATOR}{number}"

    def _set_counts(self, key: str, counts: str) -> None:
        repository.set_request_hash(self._transaction.connection, **self._owner, key=key, request_hash=counts)


def claim(
    transaction: Transaction,
    principal: Principal,
    request: GenerationRequest,
    delivery: Delivery | None,
    *,
    generation_id: str,
    at: datetime,
) -> Generation | None:
    """Record the request as that of `generation_id`, or return the generation of the request that it repeats.

    With an idempotency key, as `idempotency.claim`. Deliveries of the same content wait here for each other until the
    end of the transaction.
    """
    if delivery is None or delivery.count is None or request.idempotency_key is not None:
        return idempotency.claim(
            transaction, principal, request, generation_id=generation_id, at=at, request_hash=_request_hash(delivery)
        )
    content = _Content(transaction, principal, delivery, count=delivery.count, at=at)
    first = content.match()
    if first is None:
        content.add(generation_id)
    return first


def replay(
    transaction: Transaction,
    principal: Principal,
    request: GenerationRequest,
    delivery: Delivery | None,
    *,
    at: datetime,
) -> Generation | None:
    """Return the generation of the request that this one repeats, if any. Raises `IdempotencyMismatch`."""
    if delivery is None or delivery.count is None or request.idempotency_key is not None:
        return idempotency.replay(transaction, principal, request, at=at, request_hash=_request_hash(delivery))
    return _Content(transaction, principal, delivery, count=delivery.count, at=at).match()


def _request_hash(delivery: Delivery | None) -> str | None:
    return delivery.content if delivery is not None and delivery.has_files else None
