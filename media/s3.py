"""The media store in a bucket of S3 or of anything that speaks its protocol."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store as Bucket

from kit.errors import NotFound
from media.leftovers import digest_of
from media.store import Stored, key_of, parts_of

if TYPE_CHECKING:
    from obstore.store import S3Config

PIECE = 256 << 10  # bytes
PART = 8 << 20  # bytes of one part of an upload
PARTS_AT_A_TIME = 2
TIMEOUT = timedelta(seconds=60)  # for one request
PATIENCE = timedelta(seconds=120)  # for one request and its repetitions
RETRIES = 4
SCHEME = "s3"


class StoreFailed(OSError):
    """The bucket cannot be reached or does not do what it is asked."""


@dataclass(frozen=True, slots=True)
class S3Location:
    """Where the bucket is and who we are there; without a key the machine's own identity counts."""

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
        """Read `s3://bucket/prefix`. Raises `ValueError`."""
        parts = urlsplit(address)
        if parts.scheme != SCHEME or not parts.netloc or parts.query or parts.fragment:
            raise ValueError(f"{address!r} is no place for files: give s3://bucket or s3://bucket/prefix")
        if (key_id is None) != (secret is None):
            raise ValueError("a bucket's key id and secret go together: give both, or none for the machine's own")
        return cls(parts.netloc, parts.path.strip("/"), endpoint, region, key_id, secret)

    def __str__(self) -> str:
        return f"{SCHEME}://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")


class S3Store:
    """Files at `<prefix>/ab/<sha256>.<extension>`; a file is there once it is whole."""

    def __init__(self, location: S3Location) -> None:
        self._bucket = _open_bucket(location)

    async def put(self, path: Path, media_type: str) -> Stored:
        sha256 = await asyncio.to_thread(digest_of, path)
        size = (await asyncio.to_thread(path.stat)).st_size
        stored = Stored(key=key_of(sha256, media_type), sha256=sha256, media_type=media_type, size=size)
        if not await self._holds(stored):
            with _translated():
                await obstore.put_async(
                    self._bucket,
                    _place(stored.key),
                    path,
                    attributes={"Content-Type": media_type},
                    chunk_size=PART,
                    max_concurrency=PARTS_AT_A_TIME,
                )
        return stored

    async def stat(self, key: str) -> Stored:
        sha256, media_type = parts_of(key)
        with _translated():
            size = (await obstore.head_async(self._bucket, _place(key)))["size"]
        return Stored(key=key, sha256=sha256, media_type=media_type, size=size)

    async def open(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        end = start + length if length is not None else (await self.stat(key)).size
        if end <= start:
            return
        with _translated():
            found = await obstore.get_async(self._bucket, _place(key), options={"range": (start, end)})
            async for piece in found.stream(min_chunk_size=PIECE):
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
        with _translated():
            await obstore.delete_async(self._bucket, _place(key))

    async def sweep(self, *, before: datetime) -> int:
        """Nothing to do: an upload that was broken off was never a file. The bucket's own rules drop its parts."""
        return 0

    async def _holds(self, wanted: Stored) -> bool:
        try:
            return (await self.stat(wanted.key)).size == wanted.size
        except NotFound:
            return False


def _open_bucket(location: S3Location) -> Bucket:
    endpoint = location.endpoint
    # What is not given is left out, so that the machine's own identity and region count.
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
        client_options={"allow_http": endpoint is not None and endpoint.startswith("http:"), "timeout": TIMEOUT},
        retry_config={"max_retries": RETRIES, "retry_timeout": PATIENCE},
    )


def _place(key: str) -> str:
    """Where the file of a key is. Raises `NotFound` for what is no key."""
    sha256, _ = parts_of(key)
    return f"{sha256[:2]}/{key}"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound("There is no such file.") from error
    except BaseError as error:
        raise StoreFailed(f"The media store failed: {error}") from error
