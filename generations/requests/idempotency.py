"""Idempotency keys: a repeated request returns the first generation."""

import hashlib
from dataclasses import fields
from datetime import datetime, timedelta

import orjson
from sqlalchemy import RowMapping

from accounts.principal import Principal
from database.transaction import Transaction
from generations import repository
from generations.generation import Generation
from generations.requests.generation_request import GenerationRequest
from kit.errors import IdempotencyMismatch, InvalidInput
from kit.text import truncate

RETENTION = timedelta(hours=24)
MAX_KEY = 255  # characters
NOT_HASHED = frozenset({"idempotency_key", "strict"})
"""Fields in which a repeated request may differ from the first one."""
HASHED_IF_GIVEN = frozenset({"webhook_format", "routing"})
"""Fields of later releases: a request without them has the hash that an earlier release stored."""

_FIELDS = tuple(field.name for field in fields(GenerationRequest))


def fingerprint(request: GenerationRequest, *, ignoring: frozenset[str]) -> str:
    """Return a hash of the request that does not depend on the order of its fields."""
    canonical = {
        name: value
        for name, value in ((name, getattr(request, name)) for name in _FIELDS)
        if name not in ignoring and (value is not None or name not in HASHED_IF_GIVEN)
    }
    return hashlib.sha256(orjson.dumps(canonical, option=orjson.OPT_SORT_KEYS)).hexdigest()


def check_key(key: str | None, *, field: str = "input.idempotencyKey") -> None:
    """Raise `InvalidInput` unless the key is valid."""
    if key is not None and (not 0 < len(key) <= MAX_KEY or not key.isprintable()):
        raise InvalidInput(
            f"An idempotency key has 1 to {MAX_KEY} printable characters; this one has {len(key)} characters.",
            field=field,
        )


def find_by_key_or_record(
    transaction: Transaction,
    principal: Principal,
    request: GenerationRequest,
    *,
    generation_id: str,
    at: datetime,
    request_hash: str | None = None,
) -> Generation | None:
    """Return the generation that the key created; if there is none, record the key for `generation_id`.

    `request_hash` stands for the request where its fields differ although it is the same, since they name uploads.
    Raises `IdempotencyMismatch` when a different request has used the key.
    """
    key = request.idempotency_key
    if key is None:
        return None
    row = {
        "account_id": principal.account_id,
        "test_mode": principal.test_mode,
        "key": key,
        "request_hash": request_hash or fingerprint(request, ignoring=NOT_HASHED),
        "generation_id": generation_id,
        "created_at": at,
    }
    connection = transaction.connection
    # A concurrent request may record the key at any time; an expired key is deleted and recorded again.
    while not repository.insert_idempotency_key(connection, row):
        first = find_by_key(transaction, principal, request, at=at, request_hash=request_hash)
        if first is not None:
            return first
        repository.delete_idempotency_key(
            connection,
            account_id=principal.account_id,
            test_mode=principal.test_mode,
            key=key,
            made_before=at - RETENTION,
        )
    return None


def find_by_key(
    transaction: Transaction,
    principal: Principal,
    request: GenerationRequest,
    *,
    at: datetime,
    request_hash: str | None = None,
) -> Generation | None:
    """Return the generation that the key created within the last 24 hours. Raises `IdempotencyMismatch`."""
    key = request.idempotency_key
    if key is None:
        return None
    taken = _find_row(transaction, principal, key, at=at)
    if taken is None:
        return None
    if taken["request_hash"] != (request_hash or fingerprint(request, ignoring=NOT_HASHED)):
        raise IdempotencyMismatch(
            f"The idempotency key {truncate(key)} was used for another request: "
            "send a new key, or the first request again.",
            generationId=taken["generation_id"],
        )
    return repository.load(transaction.connection, taken["generation_id"])


def find_retry_by_key(
    transaction: Transaction, principal: Principal, key: str, *, retry_of: str, at: datetime
) -> Generation | None:
    """Return the retry of that generation that the key created within the last 24 hours."""
    taken = _find_row(transaction, principal, key, at=at)
    made = None if taken is None else repository.load(transaction.connection, taken["generation_id"])
    return made if made is not None and made.retry_of == retry_of else None


def delete_expired(transaction: Transaction, *, at: datetime) -> int:
    """Delete the keys older than `RETENTION`; return how many."""
    return repository.delete_idempotency_keys_before(transaction.connection, at - RETENTION)


def _find_row(transaction: Transaction, principal: Principal, key: str, *, at: datetime) -> RowMapping | None:
    taken = repository.find_idempotency_key(
        transaction.connection, account_id=principal.account_id, test_mode=principal.test_mode, key=key
    )
    return None if taken is None or taken["created_at"] <= at - RETENTION else taken
