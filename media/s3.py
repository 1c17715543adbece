"""A media store in an S3-compatible bucket."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store as Bucket

from kit.errors import NotFound
from media.store import StoredFile, parts_of, storage_key, store_failure
from media.temporary_files import digest_of

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

CHUNK_BYTES = 256 << 10  # bytes
PART = 8 << 20  # bytes of a multipart upload part
PARTS_AT_A_TIME = 2
MIN_UPLOAD_RATE = 1_000_000  # minimum bytes per second of an upload; a slower bucket counts as down
CONNECT_TIMEOUT = timedelta(seconds=2)
READ_TIMEOUT = timedelta(seconds=3)  # before a response and between two chunks of it
REQUEST_TIMEOUT = timedelta(seconds=7)  # for a request with its retry
DOWNLOAD_TIMEOUT = timedelta(hours=1)  # for a whole file, at the pace of the reader
PART_TIMEOUT = timedelta(seconds=60)  # for one part of an upload
READ_RETRIES: "RetryConfig" = {"max_retries": 1, "retry_timeout": REQUEST_TIMEOUT}
WRITE_RETRIES: "RetryConfig" = {"max_retries": 4, "retry_timeout": timedelta(seconds=120)}
MAX_REASON_LENGTH = 300  # characters
DETAILS = "Debug source:"  # the rest of the client library's message repeats the error
SCHEME = "s3"


@dataclass(frozen=True, slots=True)
class S3Location:
    """A bucket and its credentials; without a key, those of the machine."""

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    key_id: str | None = None
    secret: str | None = field(default=None, repr=False)

    @classmethod
    def parse(
        cls,
        address: str,
        *,
        endpoint: str | None = None,
        region: str | None = None,
        key_id: str | None = None,
        secret: str | None = None,
    ) -> "S3Location":
        """Parse `s3://bucket/prefix`. Raises `ValueError`."""
        try:
            parts = urlsplit(address)
        except ValueError:  # such as a bracket that is not closed
            parts = urlsplit("")
        if parts.scheme != SCHEME or not parts.netloc or "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("it is not the URL of a bucket; give s3://bucket or s3://bucket/prefix")
        if (key_id is None) != (secret is None):
            raise ValueError(
                "the access key id and the secret access key belong together: give both, or neither to use those of "
                "the machine"
            )
        return cls(parts.netloc, parts.path.strip("/"), endpoint, region, key_id, secret)

    def __str__(self) -> str:
        return f"{SCHEME}://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")


class S3Store:
    """Stores files at `<prefix>/ab/<sha256>.<extension>`; an object is visible once it is complete."""

    def __init__(self, location: S3Location) -> None:
        # An upload receives nothing, so a read timeout says nothing about it.
        self._bucket = _open_bucket(
            location, {"read_timeout": READ_TIMEOUT, "timeout": DOWNLOAD_TIMEOUT}, retry=READ_RETRIES
        )
        self._intake = _open_bucket(location, {"timeout": PART_TIMEOUT}, retry=WRITE_RETRIES)

    async def put(self, path: Path, media_type: str) -> StoredFile:
        sha256 = await asyncio.to_thread(digest_of, path)
        size = (await asyncio.to_thread(path.stat)).st_size
        stored = StoredFile(key=storage_key(sha256, media_type), sha256=sha256, media_type=media_type, size=size)
        if not await self._holds(stored):
            async with _within_timeout(REQUEST_TIMEOUT + timedelta(seconds=size / MIN_UPLOAD_RATE)):
                await obstore.put_async(
                    self._intake,
                    _object_path(stored.key),
                    path,
                    attributes={"Content-Type": media_type},
                    chunk_size=PART,
                    max_concurrency=PARTS_AT_A_TIME,
                )
        return stored

    async def stat(self, key: str) -> StoredFile:
        sha256, media_type = parts_of(key)
        async with _within_timeout():
            size = (await obstore.head_async(self._bucket, _object_path(key)))["size"]
        return StoredFile(key=key, sha256=sha256, media_type=media_type, size=size)

    async def open(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        end = start + length if length is not None else (await self.stat(key)).size
        if end <= start:
            return
        async with _within_timeout():
            found = await obstore.get_async(self._bucket, _object_path(key), options={"range": (start, end)})
        with _translated():
            async for piece in found.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(piece)

    async def copy_to(self, key: str, directory: Path) -> Path:
        target, draft = directory / key, directory / f".{secrets.token_hex(8)}"
        try:
            with draft.open("wb") as file:
                async for piece in self.open(key):
                    await asyncio.to_thread(file.write, piece)
            return await asyncio.to_thread(draft.replace, target)
        finally:
            draft.unlink(missing_ok=True)

    async def delete(self, key: str) -> None:
        async with _within_timeout():
            await obstore.delete_async(self._bucket, _object_path(key))

    async def delete_incomplete(self, *, before: datetime) -> int:
        """Do nothing: an interrupted upload is not an object. The lifecycle rules of the bucket delete its parts."""
        return 0

    async def _holds(self, wanted: StoredFile) -> bool:
        try:
            return (await self.stat(wanted.key)).size == wanted.size
        except NotFound:
            return False


def _open_bucket(location: S3Location, timeouts: "ClientConfig", *, retry: "RetryConfig") -> Bucket:
    endpoint = location.endpoint
    # Unset values are omitted, so that the defaults of the machine apply.
    config: S3Config = {}
    if endpoint is not None:
        config["endpoint"] = endpoint
    if location.region is not None:
        config["region"] = location.region
    if location.key_id is not None and location.secret is not None:
        config["access_key_id"], config["secret_access_key"] = location.key_id, location.secret
    return Bucket(
        location.bucket,
        prefix=location.prefix or None,
        config=config,
        client_options={
            "allow_http": endpoint is not None and endpoint.startswith("http:"),
            "connect_timeout": CONNECT_TIMEOUT,
            **timeouts,
        },
        retry_config=retry,
    )


def _object_path(key: str) -> str:
    """Return the object path of a key. Raises `NotFound` for anything else."""
    sha256, _ = parts_of(key)
    return f"{sha256[:2]}/{key}"


@asynccontextmanager
async def _within_timeout(time_limit: timedelta = REQUEST_TIMEOUT) -> AsyncIterator[None]:
    with _translated():
        async with asyncio.timeout(time_limit.total_seconds()):
            yield


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound("There is no such file.") from error
    except (BaseError, TimeoutError) as error:
        reason = " ".join(str(error).partition(DETAILS)[0].split())[:MAX_REASON_LENGTH] or "no answer in time"
        raise store_failure(reason) from error
