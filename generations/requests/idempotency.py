"""The promise that a repeated request is the first one again."""

import hashlib
from dataclasses import asdict
from datetime import datetime, timedelta

import orjson
from sqlalchemy import RowMapping

from accounts.keys import Principal
from database.transaction import Transaction
from generations import repository
from generations.generation import Generation
from generations.requests.plan import GenerationRequest
from kit.errors import IdempotencyMismatch, InvalidInput
from kit.text import truncate

KEPT = timedelta(hours=24)
LONGEST_KEY = 255  # characters
NOT_HASHED = frozenset({"idempotency_key"})


def fingerprint(request: GenerationRequest, *, ignoring: frozenset[str]) -> str:
    """The same for requests that ask for the same, however their fields are ordered."""
    canonical = {name: value for name, value in asdict(request).items() if name not in ignoring}
    return hashlib.sha256(orjson.dumps(canonical, option=orjson.OPT_SORT_KEYS)).hexdigest()


def check_key(key: str | None, *, field: str = "input.idempotencyKey") -> None:
    """Raise `InvalidInput` unless the key can be kept."""
    if key is not None and (not 0 < len(key) <= LONGEST_KEY or not key.isprintable()):
        raise InvalidInput(
            f"An idempotency key has 1 to {LONGEST_KEY} printable characters; this one has {len(key)} characters.",
            field=field,
        )


def claim(
    transaction: Transaction, principal: Principal, request: GenerationRequest, *, generation_id: str, at: datetime
) -> Generation | None:
    """Take the request's key for `generation_id`, or return the generation that has it already.

    Raises `IdempotencyMismatch` when it was taken by a request that asked for something else.
    """
    key = request.idempotency_key
    if key is None:
        return None
    row = {
        "account_id": principal.account_id,
        "test_mode": principal.test_mode,
        "key": key,
        "request_hash": fingerprint(request, ignoring=NOT_HASHED),
        "generation_id": generation_id,
        "created_at": at,
    }
    connection = transaction.connection
    # Another request may take the key at any moment, and where it was used long ago, forget and take it.
    while not repository.claim_key(connection, row):
        first = replay(transaction, principal, request, at=at)
        if first is not None:
            return first
        repository.forget_key(
            connection, account_id=principal.account_id, test_mode=principal.test_mode, key=key, made_before=at - KEPT
        )
    return None


def replay(
    transaction: Transaction, principal: Principal, request: GenerationRequest, *, at: datetime
) -> Generation | None:
    """The generation that the request's key made within the last day. Raises `IdempotencyMismatch`."""
    key = request.idempotency_key
    if key is None:
        return None
    taken = _taken(transaction, principal, key, at=at)
    if taken is None:
        return None
    if taken["request_hash"] != fingerprint(request, ignoring=NOT_HASHED):
        raise IdempotencyMismatch(
            f"The idempotency key {truncate(key)} was used for another request: "
            "send a new key, or the first request again.",
            generationId=taken["generation_id"],
        )
    return repository.load(transaction.connection, taken["generation_id"])


def replay_retry(
    transaction: Transaction, principal: Principal, key: str, *, retry_of: str, at: datetime
) -> Generation | None:
    """What the key made within the last day as a retry of that generation."""
    taken = _taken(transaction, principal, key, at=at)
    made = None if taken is None else repository.load(transaction.connection, taken["generation_id"])
    return made if made is not None and made.retry_of == retry_of else None


def _taken(transaction: Transaction, principal: Principal, key: str, *, at: datetime) -> RowMapping | None:
    taken = repository.find_key(
        transaction.connection, account_id=principal.account_id, test_mode=principal.test_mode, key=key
    )
    return None if taken is None or taken["created_at"] <= at - KEPT else taken
