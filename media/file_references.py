"""Reference counting of stored files: a file is deleted when its last use ends.

A file is pinned before it is written. Its row is locked by whoever starts to use it, together with others, or to delete
it, alone: a file that is being stored is never deleted, and a file that is being deleted is never reused. A deletion
starts in the transaction that ends the last use, and finishes when the store has deleted the file.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from database.transaction import Database, Transaction
from kit.clock import Clock, WakeableTimer
from kit.ids import new_id
from kit.logs import get_logger
from media import repository
from media.repository import DELETING, GONE, KEPT
from media.signed_urls import EXPIRY_STEP
from media.store import MediaStore, StoreUnavailable

PIN = "pin"
PIN_LIFETIME = timedelta(hours=2)  # longer than any generation takes from storing a file to its end
MAX_DELETION_TIME = timedelta(seconds=30)  # then the process that started it has given up
DELETE_TIMEOUT = timedelta(seconds=5)  # for the store, while a client waits for a deletion
SWEEP_TIMEOUT = timedelta(seconds=15)  # less than `MAX_DELETION_TIME`
STORE_TIMEOUT = timedelta(seconds=5)  # for another process that deletes the same bytes
GONE_RETENTION = timedelta(days=1)  # longer than anybody continues with a pinned file
GRACE = timedelta(seconds=EXPIRY_STEP)  # a URL is valid a little longer than the file is promised
RECHECK = timedelta(milliseconds=200)
BATCH = 100  # files

logger = get_logger(__name__)


class FileGone(Exception):
    """The file was deleted before it could be used; it has to be stored again."""


async def pin(database: Database, clock: Clock, key: str) -> str:
    """Pin a file that will be stored; return the holder. Waits for a concurrent deletion.

    Raises `StoreUnavailable` when the deletion does not finish.
    """
    timer, give_up_at = WakeableTimer(clock), clock.now() + STORE_TIMEOUT
    while True:
        now = clock.now()
        holder = new_id(PIN, now)

        def announce(transaction: Transaction, now: datetime = now, holder: str = holder) -> bool:
            connection = transaction.connection
            repository.add_file(connection, key, at=now)
            if not repository.lock_kept_files(connection, [key]):
                rows = repository.lock_files(connection, [key])
                if not rows or (rows[0]["state"] == DELETING and rows[0]["changed_at"] > now - MAX_DELETION_TIME):
                    return False
                repository.set_state(connection, key, KEPT, at=now)
            repository.add_use(connection, key, holder, expires_at=now + PIN_LIFETIME)
            return True

        if await database.transact(announce):
            return holder
        if now >= give_up_at:
            raise StoreUnavailable
        await timer.wait_until(now + RECHECK)


def clear_pins(transaction: Transaction) -> None:
    """Delete the pins of a previous process; files that are stored again are pinned again."""
    repository.drop_uses_by_prefix(transaction.connection, prefix=f"{PIN}_")


def files_in_use(transaction: Transaction, at: datetime) -> Sequence[str]:
    """Return the keys of the files that generations and uploads refer to at that time."""
    return repository.used_keys(transaction.connection, after=at, without=f"{PIN}_")


def retain(transaction: Transaction, keys: Collection[str], *, holder: str, expires_at: datetime, at: datetime) -> None:
    """Keep stored files for `holder` until `expires_at`, and release the pins that `put` set.

    `keys` has a key once for each time that its file was put: two variants can have the same content. Raises `FileGone`
    when a file was deleted meanwhile.
    """
    connection = transaction.connection
    for key in sorted(set(keys)):
        repository.add_file(connection, key, at=at)
    kept = repository.lock_kept_files(connection, set(keys))
    if gone := sorted(set(keys).difference(kept)):
        raise FileGone(f"{gone[0]} was deleted before it could be used")
    for key in kept:
        repository.add_use(connection, key, holder, expires_at=expires_at)
    for key, times in Counter(keys).items():
        repository.drop_some_uses(connection, key, prefix=f"{PIN}_", times=times)


def release(transaction: Transaction, holder: str, *, at: datetime) -> Sequence[str]:
    """End all uses of the holder; return the unused files, to be passed to `finish_deleting`."""
    return _mark_deleting(transaction, repository.drop_uses(transaction.connection, holder), at=at)


def unpin(transaction: Transaction, key: str, *, at: datetime) -> Sequence[str]:
    """Remove the pin of a file that is not used after all; return what to pass to `finish_deleting`."""
    repository.drop_some_uses(transaction.connection, key, prefix=f"{PIN}_", times=1)
    return _mark_deleting(transaction, [key], at=at)


async def finish_deleting(
    database: Database,
    clock: Clock,
    store: MediaStore,
    keys: Collection[str],
    *,
    time_limit: timedelta = DELETE_TIMEOUT,
) -> int:
    """Delete files that are marked for deletion, as far as the store manages in time; return how many.

    The rest is logged and left to `delete_stuck`.
    """
    deleted = []
    try:
        async with asyncio.timeout(time_limit.total_seconds()):
            for key in keys:
                await store.delete(key)
                deleted.append(key)
    except (StoreUnavailable, OSError) as error:
        logger.warning("files_not_deleted", files=len(keys) - len(deleted), reason=_reason(error))
    now = clock.now()
    await database.transact(lambda transaction: _mark_deleted(transaction, deleted, at=now))
    return len(deleted)


async def delete_stuck(database: Database, clock: Clock, store: MediaStore) -> int:
    """Retry deletions that started a while ago and did not finish; return how many did. Safe to repeat."""

    def find(connection: Connection) -> Sequence[str]:
        return repository.stuck_keys(connection, before=clock.now() - MAX_DELETION_TIME, limit=BATCH)

    def take_over(transaction: Transaction) -> Sequence[str]:
        now = clock.now()
        return _mark_deleting(transaction, find(transaction.connection), at=now, stuck_before=now - MAX_DELETION_TIME)

    if not await database.read(find):
        return 0
    return await _delete_in_batches(database, clock, store, take_over)


async def delete_expired_files(database: Database, clock: Clock, store: MediaStore) -> int:
    """Delete expired files and retry unfinished deletions; return how many. Safe to repeat.

    Raises `StoreUnavailable` when the store did not delete all of them.
    """
    now = clock.now()

    def expire(transaction: Transaction) -> None:
        repository.drop_expired_uses(transaction.connection, now - GRACE)
        repository.delete_uploads_before(transaction.connection, now - GRACE)
        repository.delete_gone_files(transaction.connection, now - GONE_RETENTION)

    def begin(transaction: Transaction) -> Sequence[str]:
        return _mark_deleting(transaction, repository.unused_keys(transaction.connection, limit=BATCH), at=clock.now())

    await database.transact(expire)
    stuck = await delete_stuck(database, clock, store)
    return stuck + await _delete_in_batches(database, clock, store, begin)


async def _delete_in_batches(
    database: Database, clock: Clock, store: MediaStore, begin: Callable[[Transaction], Sequence[str]]
) -> int:
    total = 0
    while keys := await database.transact(begin):
        deleted = await finish_deleting(database, clock, store, keys, time_limit=SWEEP_TIMEOUT)
        total += deleted
        if deleted < len(keys):
            raise StoreUnavailable
    return total


def _reason(error: StoreUnavailable | OSError) -> str:
    return error.reason if isinstance(error, StoreUnavailable) else str(error) or type(error).__name__


def _mark_deleting(
    transaction: Transaction, keys: Collection[str], *, at: datetime, stuck_before: datetime | None = None
) -> Sequence[str]:
    """Mark the files for deletion by this caller, their variants included."""
    connection, begun = transaction.connection, list[str]()
    for row in repository.lock_files(connection, keys):
        is_stuck = stuck_before is not None and row["state"] == DELETING and row["changed_at"] <= stuck_before
        if is_stuck or (row["state"] == KEPT and not repository.is_used(connection, row["key"])):
            repository.set_state(connection, row["key"], DELETING, at=at)
            repository.drop_variants(connection, row["key"])
            begun += [row["key"], *release(transaction, row["key"], at=at)]
    return begun


def _mark_deleted(transaction: Transaction, keys: Collection[str], *, at: datetime) -> None:
    """Record that the files are deleted."""
    for row in repository.lock_files(transaction.connection, keys):
        if row["state"] == DELETING:
            repository.set_state(transaction.connection, row["key"], GONE, at=at)
