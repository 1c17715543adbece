"""Who needs which file until when, so that a file goes exactly when the last one who needs it does.

A file is announced (pinned) before it is written and its row is locked by whoever begins to use it and by whoever
deletes it. So one that is being stored is never deleted, and one that is being deleted is never taken for stored.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from database.transaction import Database, Transaction
from kit.clock import Alarm, Clock
from kit.ids import new_id
from media import repository
from media.repository import DELETING, GONE, KEPT
from media.signed_url import STEP
from media.store import MediaStore

PIN = "pin"
PINNED = timedelta(hours=2)  # longer than any generation may take from storing a file to its end
DELETING_TAKES = timedelta(minutes=5)  # at most; after that the process that began it is gone
GONE_IS_KNOWN = timedelta(days=1)  # longer than anybody goes on with a file that was pinned
GRACE = timedelta(seconds=STEP)  # an address is good a little longer than the file is promised
RECHECK = timedelta(milliseconds=200)
BATCH = 500  # files


class FileGone(Exception):
    """A file that was to be used was deleted meanwhile: it has to be stored again."""


async def pin(database: Database, clock: Clock, key: str) -> str:
    """Announce that the file will be stored and used; returns the holder. Waits while it is being deleted."""
    alarm = Alarm(clock)
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
        await alarm.wait_until(now + RECHECK)


def keep(transaction: Transaction, keys: Collection[str], *, holder: str, expires_at: datetime, at: datetime) -> None:
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


def let_go(transaction: Transaction, holder: str) -> Sequence[str]:
    """The holder needs its files no longer; returns their keys, to be given to `delete_unused`."""
    return repository.drop_uses(transaction.connection, holder)


async def delete_unused(database: Database, clock: Clock, store: MediaStore, keys: Collection[str]) -> int:
    """Delete those of the files that nobody needs; returns how many."""
    return sum([await _delete(database, clock, store, key) for key in keys])


async def sweep(database: Database, clock: Clock, store: MediaStore) -> int:
    """Delete every file whose time has come, and finish what others began; returns how many. Safe to repeat."""
    now = clock.now()
    before = now - GRACE

    def expire(transaction: Transaction) -> None:
        repository.drop_expired_uses(transaction.connection, before)
        repository.forget_uploads_before(transaction.connection, before)
        repository.forget_gone(transaction.connection, now - GONE_IS_KNOWN)

    await database.transact(expire)
    deleted = 0
    while keys := await database.read(
        lambda connection: repository.unused_keys(connection, stuck_before=now - DELETING_TAKES, limit=BATCH)
    ):
        batch = await delete_unused(database, clock, store, keys)
        deleted += batch
        if batch == 0:
            break
    return deleted


async def _delete(database: Database, clock: Clock, store: MediaStore, key: str) -> bool:
    if not await database.transact(lambda transaction: _begin(transaction, key, at=clock.now())):
        return False
    await store.delete(key)
    freed = await database.transact(lambda transaction: _finish(transaction, key, at=clock.now()))
    await delete_unused(database, clock, store, freed)
    return True


def _begin(transaction: Transaction, key: str, *, at: datetime) -> bool:
    """Whether the file is now this caller's to delete."""
    connection = transaction.connection
    for row in repository.lock_files(connection, [key]):
        stuck = row["state"] == DELETING and row["changed_at"] <= at - DELETING_TAKES
        if stuck or (row["state"] == KEPT and not repository.is_used(connection, key)):
            repository.set_state(connection, key, DELETING, at=at)
            return True
    return False


def _finish(transaction: Transaction, key: str, *, at: datetime) -> Sequence[str]:
    """The file is gone; returns the keys of its variants, which go with it."""
    connection = transaction.connection
    if not any(row["state"] == DELETING for row in repository.lock_files(connection, [key])):
        return ()
    repository.set_state(connection, key, GONE, at=at)
    repository.drop_variants(connection, key)
    return repository.drop_uses(connection, key)
