"""Retries of requests without an idempotency key, by clients that number their attempts.

Such a client, as the SDKs of OpenAI, sends with each attempt how often it has retried the request: 0 with the first
attempt, 1 with the first retry. Requests with the same content are interchangeable, so a retry is matched with any
accepted request of the same content that has not had an attempt of this number. Attempts may overlap, and a retry may
be accepted before the first attempt.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.principal import Principal
from database.transaction import Transaction
from generations import client_retry_repository, repository
from generations.generation import Generation
from generations.requests import idempotency
from generations.requests.generation_request import GenerationRequest

WINDOW = timedelta(minutes=11)
"""How long after an attempt the next one may come: the SDKs give up an attempt after 10 minutes."""
SLACK = timedelta(minutes=1)
"""How far the times of accepted requests may be out of order."""
RETENTION = timedelta(hours=24)
MAX_RETRY_COUNT = 9
MAX_COMPARED = 1_000  # accepted requests of the same content


@dataclass(frozen=True, slots=True)
class ClientAttempt:
    """One attempt of a client to send a request."""

    content_hash: str
    """A hash of what was sent."""
    retry_count: int | None
    """How many attempts came before this one; None if the client does not say."""
    received_at: datetime
    has_files: bool = False
    """Whether it has files, whose uploads have other ids in each attempt."""


@dataclass(frozen=True, slots=True)
class _AcceptedRequest:
    """An accepted request, and the retry counts of its attempts so far."""

    number: int
    retry_counts: frozenset[int]
    generation_id: str


class _Content:
    """The accepted requests with the same content and API key, locked until the end of the transaction."""

    def __init__(
        self, transaction: Transaction, principal: Principal, attempt: ClientAttempt, *, retry_count: int, at: datetime
    ) -> None:
        self._connection, self._at = transaction.connection, at
        owner = f"{principal.account_id} {principal.key_id}"
        self._id = hashlib.sha256(f"{owner} {attempt.content_hash}".encode()).hexdigest()
        self._retry_count, self._received_at = min(retry_count, MAX_RETRY_COUNT), attempt.received_at
        row = client_retry_repository.lock_content(self._connection, self._id, at=at)
        self._next_number, self._has_early_retry = int(row["next_number"]), bool(row["has_early_retry"])

    def add(self, generation_id: str) -> None:
        """Record the attempt as the one that was accepted for a new request."""
        row = {
            "content_id": self._id,
            "number": self._next_number,
            "retry_counts": str(self._retry_count),
            "generation_id": generation_id,
            "created_at": self._at,
        }
        client_retry_repository.insert_request(self._connection, row)
        client_retry_repository.save_content(
            self._connection,
            self._id,
            next_number=self._next_number + 1,
            has_early_retry=self._has_early_retry or self._retry_count > 0,
        )

    def match(self) -> Generation | None:
        """Return the generation of the request that this attempt belongs to, if it was accepted."""
        if self._retry_count == 0 and not self._has_early_retry:
            return None
        found: _AcceptedRequest | None = None
        for accepted in self._recent():
            if self._retry_count in accepted.retry_counts:
                continue
            found = found or accepted
            if self._retry_count == 0 or self._retry_count - 1 in accepted.retry_counts:
                found = accepted
                break
        if found is None:
            return None
        seen = "".join(str(count) for count in sorted({*found.retry_counts, self._retry_count}))
        client_retry_repository.save_retry_counts(self._connection, self._id, found.number, seen)
        return repository.load(self._connection, found.generation_id)

    def _recent(self) -> Iterator[_AcceptedRequest]:
        """Yield the requests that may be the same, newest first.

        A first attempt belongs to those accepted since it was received, from a retry that was faster.
        """
        oldest = self._received_at if self._retry_count == 0 else self._at - WINDOW * self._retry_count
        for number in range(self._next_number - 1, max(-1, self._next_number - 1 - MAX_COMPARED), -1):
            row = client_retry_repository.find_request(self._connection, self._id, number)
            if row is None:
                continue
            if row["created_at"] < oldest - SLACK:
                return
            if row["created_at"] >= oldest:
                yield _AcceptedRequest(number, frozenset(map(int, row["retry_counts"])), row["generation_id"])


def find_repeated_or_record(
    transaction: Transaction,
    principal: Principal,
    request: GenerationRequest,
    attempt: ClientAttempt | None,
    *,
    generation_id: str,
    at: datetime,
) -> Generation | None:
    """Return the generation of the request that this one repeats; if there is none, record it for `generation_id`.

    With an idempotency key, this is `idempotency.find_by_key_or_record`. Without one, attempts with the same content
    wait for each other until the end of the transaction.
    """
    if attempt is None or attempt.retry_count is None or request.idempotency_key is not None:
        request_hash = _request_hash(attempt)
        return idempotency.find_by_key_or_record(
            transaction, principal, request, generation_id=generation_id, at=at, request_hash=request_hash
        )
    content = _Content(transaction, principal, attempt, retry_count=attempt.retry_count, at=at)
    first = content.match()
    if first is None:
        content.add(generation_id)
    return first


def find_repeated(
    transaction: Transaction,
    principal: Principal,
    request: GenerationRequest,
    attempt: ClientAttempt | None,
    *,
    at: datetime,
) -> Generation | None:
    """Return the generation of the request that this one repeats, if any. Raises `IdempotencyMismatch`."""
    if attempt is None or attempt.retry_count is None or request.idempotency_key is not None:
        return idempotency.find_by_key(transaction, principal, request, at=at, request_hash=_request_hash(attempt))
    return _Content(transaction, principal, attempt, retry_count=attempt.retry_count, at=at).match()


def delete_expired(transaction: Transaction, *, at: datetime) -> int:
    """Delete what is older than `RETENTION`; return the number of rows."""
    return client_retry_repository.delete_before(transaction.connection, at - RETENTION)


def _request_hash(attempt: ClientAttempt | None) -> str | None:
    return attempt.content_hash if attempt is not None and attempt.has_files else None
