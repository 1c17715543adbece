"""Requests without an idempotency key that a client sends again by itself, numbering its transmissions.

Such a client, as the SDKs of OpenAI, numbers the transmissions of one request: 0 is the first one, 1 the first resend.
Requests with the same content are interchangeable, so a resend is matched with any accepted request of the same content
that has not seen its number. Transmissions may overlap, and a resend may be accepted before the first transmission.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.principal import Principal
from database.transaction import Transaction
from generations import repository, resend_repository
from generations.generation import Generation
from generations.requests import idempotency
from generations.requests.generation_request import GenerationRequest

WINDOW = timedelta(minutes=11)
"""How long after a transmission the next one may come: the SDKs give up a transmission after 10 minutes."""
SLACK = timedelta(minutes=1)
"""How far the times of accepted requests may be out of order."""
RETENTION = timedelta(hours=24)
MAX_NUMBER = 9
MAX_COMPARED = 1_000  # accepted requests of the same content


@dataclass(frozen=True, slots=True)
class Transmission:
    """One transmission of a request by its client."""

    content_hash: str
    """A hash of what was sent."""
    number: int | None
    """How many transmissions came before this one; None if the client does not number them."""
    received_at: datetime
    has_files: bool = False
    """Whether it has files, whose uploads have other ids in each transmission."""


@dataclass(frozen=True, slots=True)
class _Accepted:
    """An accepted request, and the numbers of its transmissions so far."""

    number: int
    transmissions: frozenset[int]
    generation_id: str


class _Content:
    """The accepted requests with the same content and API key, locked until the end of the transaction."""

    def __init__(
        self, transaction: Transaction, principal: Principal, transmission: Transmission, *, number: int, at: datetime
    ) -> None:
        self._connection, self._at = transaction.connection, at
        owner = f"{principal.account_id} {principal.key_id}"
        self._id = hashlib.sha256(f"{owner} {transmission.content_hash}".encode()).hexdigest()
        self._transmission, self._received_at = min(number, MAX_NUMBER), transmission.received_at
        row = resend_repository.lock_content(self._connection, self._id, at=at)
        self._next_number, self._has_early_resend = int(row["next_number"]), bool(row["has_early_resend"])

    def add(self, generation_id: str) -> None:
        """Record the transmission as the one that was accepted for a new request."""
        row = {
            "content_id": self._id,
            "number": self._next_number,
            "transmissions": str(self._transmission),
            "generation_id": generation_id,
            "created_at": self._at,
        }
        resend_repository.insert_request(self._connection, row)
        resend_repository.save_content(
            self._connection,
            self._id,
            next_number=self._next_number + 1,
            has_early_resend=self._has_early_resend or self._transmission > 0,
        )

    def match(self) -> Generation | None:
        """Return the generation of the request that this transmission belongs to, if it was accepted."""
        if self._transmission == 0 and not self._has_early_resend:
            return None
        found: _Accepted | None = None
        for accepted in self._recent():
            if self._transmission in accepted.transmissions:
                continue
            found = found or accepted
            if self._transmission == 0 or self._transmission - 1 in accepted.transmissions:
                found = accepted
                break
        if found is None:
            return None
        seen = "".join(str(number) for number in sorted({*found.transmissions, self._transmission}))
        resend_repository.save_transmissions(self._connection, self._id, found.number, seen)
        return repository.load(self._connection, found.generation_id)

    def _recent(self) -> Iterator[_Accepted]:
        """Yield the requests that may be the same, newest first.

        A first transmission belongs to those accepted since it was received, from a resend that was faster.
        """
        oldest = self._received_at if self._transmission == 0 else self._at - WINDOW * self._transmission
        for number in range(self._next_number - 1, max(-1, self._next_number - 1 - MAX_COMPARED), -1):
            row = resend_repository.find_request(self._connection, self._id, number)
            if row is None:
                continue
            if row["created_at"] < oldest - SLACK:
                return
            if row["created_at"] >= oldest:
                yield _Accepted(number, frozenset(map(int, row["transmissions"])), row["generation_id"])


def claim(
    transaction: Transaction,
    principal: Principal,
    request: GenerationRequest,
    transmission: Transmission | None,
    *,
    generation_id: str,
    at: datetime,
) -> Generation | None:
    """Record the request as that of `generation_id`, or return the generation of the request that it repeats.

    With an idempotency key, as `idempotency.claim`. Transmissions of the same content wait here for each other until
    the end of the transaction.
    """
    if transmission is None or transmission.number is None or request.idempotency_key is not None:
        request_hash = _request_hash(transmission)
        return idempotency.claim(
            transaction, principal, request, generation_id=generation_id, at=at, request_hash=request_hash
        )
    content = _Content(transaction, principal, transmission, number=transmission.number, at=at)
    first = content.match()
    if first is None:
        content.add(generation_id)
    return first


def replay(
    transaction: Transaction,
    principal: Principal,
    request: GenerationRequest,
    transmission: Transmission | None,
    *,
    at: datetime,
) -> Generation | None:
    """Return the generation of the request that this one repeats, if any. Raises `IdempotencyMismatch`."""
    if transmission is None or transmission.number is None or request.idempotency_key is not None:
        return idempotency.replay(transaction, principal, request, at=at, request_hash=_request_hash(transmission))
    return _Content(transaction, principal, transmission, number=transmission.number, at=at).match()


def delete_expired(transaction: Transaction, *, at: datetime) -> int:
    """Delete what is older than `RETENTION`; return the number of rows."""
    return resend_repository.delete_before(transaction.connection, at - RETENTION)


def _request_hash(transmission: Transmission | None) -> str | None:
    return transmission.content_hash if transmission is not None and transmission.has_files else None
