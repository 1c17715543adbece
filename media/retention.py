"""Who needs which file until when, so that a file goes exactly when the last one who needs it does.

A file is announced (pinned) before it is written and its row is locked by whoever begins to use it and by whoever
deletes it. So one that is being stored is never deleted, and one that is being deleted is never taken for stored.
A deletion is begun in the transaction in which the last one lets go, and finished once the store has done it.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from database.transaction import Database, Transaction
from kit.clock import Clock, WakeableTimer
from kit.ids import new_id
from media import repository
from media.repository import DELETING, GONE, KEPT
from media.signed_url import STEP
from media.store import MediaStore, StoreUnavailable

PIN = "pin"
PINNED = timedelta(hours=2)  # longer than any generation may take from storing a file to its end
DELETING_TAKES = timedelta(seconds=30)  # at most; after that whoever began it has given up
PATIENCE = timedelta(seconds=5)  # with the store, while a client waits for files to be deleted
PATIENCE_OF_SWEEP = timedelta(seconds=15)  # less than deleting may take
PATIENCE_TO_STORE = timedelta(seconds=5)  # with somebody who deletes the same bytes
GONE_IS_KNOWN = timedelta(days=1)  # longer than anybody goes on with a file that was pinned
GRACE = timedelta(seconds=STEP)  # an address is good a little longer than the file is promised
RECHECK = timedelta(milliseconds=200)
BATCH = 100  # files

logger = logging.getLogger(__name__)


class FileGone(Exception):
    """A file that was to be used was deleted meanwhile: it has to be stored again."""


async def pin(database: Database, clock: Clock, key: str) -> str:
    """Announce that the file will be stored and used; returns the holder. Waits a while for one that is being deleted.

    Raises `StoreUnavailable` when that does not end.
    """
    alarm, patience = WakeableTimer(clock), clock.now() + PATIENCE_TO_STORE
    while True:
        now = clock.now()
        holder = new_id(PIN, now)

        def announce(transaction: Transaction, now: datetime = now, holder: str = holder) -> bool:
            connection = transaction.connection
            repository.add_file(connection, key, at=now)
            rows = repository.lock_files(connection, [key])
            if not rows or (rows[0]["state"] == DELETING and rows[0]["changed_at"] > now - DELETING_TAKES):
                return False
            repository.set_state(connection, key, KEPT, at=now)
            repository.add_use(connection, key, holder, expires_at=now + PINNED)
            return True

        if await database.transact(announce):
            return holder
        if now >= patience:
            raise StoreUnavailable
        await alarm.wait_until(now + RECHECK)


def clear_pins(transaction: Transaction) -> None:
    """Let go of what was being stored when the process before ended: whoever stores it again pins it again."""
    repository.drop_uses_of(transaction.connection, prefix=f"{PIN}_")


def retain(transaction: Transaction, keys: Collection[str], *, holder: str, expires_at: datetime, at: datetime) -> None:
    """Let the holder need stored files until that moment, in place of those who stored them.

    A key is named as often as its file was put: two forms of a picture may be the same bytes. Raises `FileGone`.
    """
    connection = transaction.connection
    for key in sorted(set(keys)):
        repository.add_file(connection, key, at=at)
    for row in repository.lock_files(connection, set(keys)):
        if row["state"] != KEPT:
            raise FileGone(f"{row['key']} was deleted before it could be used")
        repository.add_use(connection, row["key"], holder, expires_at=expires_at)
    for key, times in Counter(keys).items():
        repository.drop_some_uses(connection, key, prefix=f"{PIN}_", times=times)


def release(transaction: Transaction, holder: str, *, at: datetime) -> Sequence[str]:
    """The holder needs its files no longer; returns those that nobody else does, to be given to `finish_deleting`."""
    return _begin(transaction, repository.drop_uses(transaction.connection, holder), at=at)


def unpin(transaction: Transaction, key: str, *, at: datetime) -> Sequence[str]:
    """One who stored the file has no use for it after all; returns what is to be given to `finish_deleting`."""
    repository.drop_some_uses(transaction.connection, key, prefix=f"{PIN}_", times=1)
    return _begin(transaction, [key], at=at)


async def finish_deleting(
    database: Database, clock: Clock, store: MediaStore, keys: Collection[str], *, patience: timedelta = PATIENCE
) -> int:
    """Delete files whose deletion was begun, as far as the store does it in time; returns how many.

    The rest is logged and left to `delete_stuck`.
    """
    deleted = []
    try:
        async with asyncio.timeout(patience.total_seconds()):
            for key in keys:
                await store.delete(key)
                deleted.append(key)
    except (StoreUnavailable, OSError) as error:
        logger.warning("files_not_deleted files=%d reason=%r", len(keys) - len(deleted), _reason(error))
    now = clock.now()
    await database.transact(lambda transaction: _finish(transaction, deleted, at=now))
    return len(deleted)


async def delete_stuck(database: Database, clock: Clock, store: MediaStore) -> int:
    """Take up deletions that were begun a while ago and not finished; returns how many were. Safe to repeat."""

    def find(connection: Connection) -> Sequence[str]:
        return repository.stuck_keys(connection, before=clock.now() - DELETING_TAKES, limit=BATCH)

    def take_over(transaction: Transaction) -> Sequence[str]:
        now = clock.now()
        return _begin(transaction, find(transaction.connection), at=now, stuck_before=now - DELETING_TAKES)

    if not await database.read(find):
        return 0
    return await _delete_in_batches(database, clock, store, take_over)


async def sweep(database: Database, clock: Clock, store: MediaStore) -> int:
    """Delete every file whose time has come, and finish what others began; returns how many. Safe to repeat.

    Raises `StoreUnavailable` when the store did not delete all.
    """
    now = clock.now()

    def expire(transaction: Transaction) -> None:
        repository.drop_expired_uses(transaction.connection, now - GRACE)
        repository.forget_uploads_before(transaction.connection, now - GRACE)
        repository.forget_gone(transaction.connection, now - GONE_IS_KNOWN)

    def begin(transaction: Transaction) -> Sequence[str]:
        return _begin(transaction, repository.unused_keys(transaction.connection, limit=BATCH), at=clock.now())

    await database.transact(expire)
    stuck = await delete_stuck(database, clock, store)
    return stuck + await _delete_in_batches(database, clock, store, begin)


async def _delete_in_batches(
    database: Database, clock: Clock, store: MediaStore, begin: Callable[[Transaction], Sequence[str]]
) -> int:
    total = 0
    while keys := await database.transact(begin):
        deleted = await finish_deleting(database, clock, store, keys, patience=PATIENCE_OF_SWEEP)
        total += deleted
        if deleted < len(keys):
            raise StoreUnavailable
    return total


def _reason(error: StoreUnavailable | OSError) -> str:
    return error.reason if isinstance(error, StoreUnavailable) else str(error) or type(error).__name__


def _begin(
    transaction: Transaction, keys: Collection[str], *, at: datetime, stuck_before: datetime | None = None
) -> Sequence[str]:
    """Those of the files that are now this caller's to delete; the variants of a file go with it."""
    connection, begun = transaction.connection, list[str]()
    for row in repository.lock_files(connection, keys):
        is_stuck = stuck_before is not None and row["state"] == DELETING and row["changed_at"] <= stuck_before
        if is_stuck or (row["state"] == KEPT and not repository.is_used(connection, row["key"])):
            repository.set_state(connection, row["key"], DELETING, at=at)
            repository.drop_variants(connection, row["key"])
            begun += [row["key"], *release(transaction, row["key"], at=at)]
    return begun


def _finish(transaction: Transaction, keys: Collection[str], *, at: datetime) -> None:
    """The files are gone."""
    for row in repository.lock_files(transaction.connection, keys):
        if row["state"] == DELETING:
            repository.set_state(transaction.connection, row["key"], GONE, at=at)
