"""Uploads: counted while they arrive, probed, retained for a day."""

import asyncio
import math
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, RowMapping

from accounts.principal import Principal, Scope, reject_single_generation_token, require_scope
from accounts.rate_limits import check_upload_quota, lock_account_counters
from database.transaction import Database, Transaction
from kit.clock import Clock
from kit.disk_space import DiskSpace, OutOfSpace, is_out_of_space
from kit.errors import InvalidMediaUrl
from kit.ids import is_id, new_id
from media import repository
from media.file_references import finish_deleting, release, retain
from media.formats import HEAD_BYTES, sniff
from media.inputs import MAX_AV_BYTES, MAX_IMAGE_BYTES, SUPPORTED, check_kind_of_picture
from media.probe import Prober
from media.probe_result import ProbeRefused, ProbeResult
from media.store import MediaStore, StoredFile, store_failure

UPLOAD = "upl"
RETENTION = timedelta(hours=24)
MAX_UPLOAD_TIME = timedelta(minutes=10)  # maximum duration of an upload
IDLE_TIMEOUT = timedelta(seconds=30)  # maximum time between two chunks
WRITE_SIZE = 1 << 20  # bytes per write
FIELD = "file"


class UploadTooLarge(InvalidMediaUrl):
    """The upload is too large."""

    status = 413


class UploadOfUnknownType(InvalidMediaUrl):
    """The upload has an unsupported format."""

    status = 415


class UploadTooSlow(InvalidMediaUrl):
    """The client stopped sending."""

    status = 408


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload. `duration` is in seconds."""

    id: str
    account_id: str
    key: str
    media_type: str
    bytes: int
    width: int | None
    height: int | None
    duration: float | None
    created_at: datetime
    expires_at: datetime


def is_upload_id(text: str) -> bool:
    """Whether `text` is a well-formed upload id."""
    return text.startswith(f"{UPLOAD}_") and is_id(text)


def find_upload(connection: Connection, upload_id: str, *, account_id: str, at: datetime) -> Upload | None:
    """Return an upload of this account that has not expired, or None."""
    if not is_upload_id(upload_id):
        return None
    row = repository.load_upload(connection, upload_id, account_id=account_id, at=at)
    return None if row is None else _upload(row)


@dataclass(frozen=True, slots=True)
class Uploads:
    """Receives uploads."""

    store: MediaStore
    prober: Prober
    database: Database
    clock: Clock
    incoming: Path
    disk_space: DiskSpace

    async def receive(
        self, principal: Principal, pieces: AsyncIterator[bytes], *, content_length: int | None
    ) -> Upload:
        """Store the file that arrives in chunks; `content_length` is the header, if it was sent.

        Raises `InvalidMediaUrl`, `RateLimited` when the account has no space, `DiskUnavailable` and
        `StoreUnavailable`; then nothing is stored.
        """
        require_scope(principal, Scope.GENERATE)
        reject_single_generation_token(principal)
        if content_length is not None and content_length > MAX_AV_BYTES + WRITE_SIZE:
            raise _too_large(MAX_AV_BYTES)
        room = min(content_length if content_length is not None else MAX_AV_BYTES, MAX_AV_BYTES)
        self.disk_space.require(room)
        target = self.incoming / f"upload-{secrets.token_hex(8)}"
        try:
            async with AsyncExitStack() as cleaning:
                cleaning.callback(target.unlink, missing_ok=True)
                return await self._receive(principal, pieces, target, room=room)
        except OSError as error:
            if is_out_of_space(error):
                raise OutOfSpace(str(error)) from error
            raise store_failure(str(error)) from error

    async def discard(self, uploads: Sequence[Upload]) -> None:
        """Delete uploads that nothing refers to."""

        def drop(transaction: Transaction) -> list[str]:
            now, unused = self.clock.now(), list[str]()
            for upload in uploads:
                repository.delete_upload(transaction.connection, upload.id)
                unused += release(transaction, upload.id, at=now)
            return unused

        unused = await self.database.transact(drop)
        await finish_deleting(self.database, self.clock, self.store, unused)

    async def _receive(self, principal: Principal, pieces: AsyncIterator[bytes], target: Path, *, room: int) -> Upload:
        async with AsyncExitStack() as on_refusal:
            upload_id = await self._reserve(principal, room)
            on_refusal.push_async_callback(self._delete, upload_id)
            await _write_in_time(pieces, target)
            probed = await self._probe(target)
            stored = await self.store.put(target, probed.media_type)
            upload = await self._finish(principal, upload_id, stored, probed)
            on_refusal.pop_all()
        return upload

    async def _reserve(self, principal: Principal, room: int) -> str:
        """Reserve space before writing, so that concurrent uploads stay within the plan together."""
        now = self.clock.now()
        upload_id = new_id(UPLOAD, now)
        row = {
            "id": upload_id,
            "account_id": principal.account_id,
            "bytes": room,
            "created_at": now,
            "expires_at": now + 2 * MAX_UPLOAD_TIME,
        }

        def insert(transaction: Transaction) -> None:
            lock_account_counters(transaction, principal.account_id)
            taken, until = repository.uploaded_bytes(transaction.connection, principal.account_id, at=now)
            retry_after = 1 if until is None else math.ceil((until - now).total_seconds())
            check_upload_quota(principal.plan, taken + room, retry_after=retry_after)
            repository.insert_upload(transaction.connection, row)

        await self.database.transact(insert)
        return upload_id

    async def _probe(self, target: Path) -> ProbeResult:
        try:
            probed = await self.prober.probe(target)
            check_kind_of_picture(probed)
        except ProbeRefused as refusal:
            raise InvalidMediaUrl(f"The file {refusal.reason}.", field=FIELD, reason="media") from refusal
        return probed

    async def _finish(self, principal: Principal, upload_id: str, stored: StoredFile, probed: ProbeResult) -> Upload:
        now = self.clock.now()
        upload = Upload(
            id=upload_id,
            account_id=principal.account_id,
            key=stored.key,
            media_type=stored.media_type,
            bytes=stored.size,
            width=probed.width,
            height=probed.height,
            duration=probed.duration,
            created_at=now,
            expires_at=now + RETENTION,
        )

        def record(transaction: Transaction) -> None:
            repository.delete_upload(transaction.connection, upload_id)
            repository.insert_upload(
                transaction.connection, {field.name: getattr(upload, field.name) for field in fields(upload)}
            )
            retain(transaction, [stored.key], holder=upload_id, expires_at=upload.expires_at, at=now)

        await self.database.transact(record)
        return upload

    async def _delete(self, upload_id: str) -> None:
        await self.database.transact(lambda transaction: repository.delete_upload(transaction.connection, upload_id))


async def _write_in_time(pieces: AsyncIterator[bytes], target: Path) -> None:
    try:
        async with asyncio.timeout(MAX_UPLOAD_TIME.total_seconds()):
            with await asyncio.to_thread(target.open, "wb") as file:
                await _write(pieces, file)
    except TimeoutError as error:
        raise UploadTooSlow("The file did not arrive in time. Send it again.", field=FIELD, reason="slow") from error


async def _write(pieces: AsyncIterator[bytes], file: BinaryIO) -> None:
    """Write chunks; raise as soon as the upload must be rejected."""
    waiting, written, max_bytes = bytearray(), 0, MAX_AV_BYTES
    while piece := await _next(pieces):
        waiting += piece
        if written + len(waiting) > max_bytes:
            raise _too_large(max_bytes)
        if len(waiting) < WRITE_SIZE:
            continue
        max_bytes = _max_bytes(waiting) if written == 0 else max_bytes
        written += await asyncio.to_thread(file.write, waiting)
        waiting = bytearray()
    max_bytes = _max_bytes(waiting) if written == 0 else max_bytes
    if written + len(waiting) > max_bytes:
        raise _too_large(max_bytes)
    await asyncio.to_thread(file.write, waiting)


async def _next(pieces: AsyncIterator[bytes]) -> bytes:
    """Return the next non-empty chunk, or nothing at the end."""
    async with asyncio.timeout(IDLE_TIMEOUT.total_seconds()):
        async for piece in pieces:
            if piece:
                return piece
    return b""


def _max_bytes(beginning: bytes | bytearray) -> int:
    """Return the size limit of a file that starts like this. Raises for unsupported formats."""
    if not beginning:
        raise InvalidMediaUrl("The file is empty. Send its bytes as the body.", field=FIELD, reason="empty")
    known = sniff(bytes(beginning[:HEAD_BYTES]))
    if known is None:
        raise UploadOfUnknownType(
            f"The format of the file is not supported. Send an image ({SUPPORTED['image']}), a video "
            f"({SUPPORTED['video']}) or an audio file ({SUPPORTED['audio']}).",
            field=FIELD,
            reason="media",
        )
    return MAX_IMAGE_BYTES if known.decoder is not None else MAX_AV_BYTES


def _too_large(max_bytes: int) -> UploadTooLarge:
    return UploadTooLarge(
        f"The file is larger than {max_bytes:,} bytes. Send a smaller one.",
        field=FIELD,
        reason="too_large",
        maxBytes=max_bytes,
    )


def _upload(row: RowMapping) -> Upload:
    return Upload(**{field.name: row[field.name] for field in fields(Upload)})
