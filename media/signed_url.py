"""Addresses of stored files that say until when they hold and cannot be made up."""

import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs

from kit.clock import Clock
from kit.errors import Forbidden

PREFIX = "/media/"
STEP = 3600  # seconds an expiry is rounded up to, so that an address read twice is the same to caches
LONGEST_FILENAME = 100  # characters
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
PURPOSE = "media"  # keeps these signatures apart from others made with the same secret


@dataclass(frozen=True, slots=True)
class Grant:
    """What a good address gives: one file, under one name, until one moment."""

    key: str
    filename: str
    expires_at: datetime


class UrlSigner:
    """Signs and verifies `{base_url}/media/{key}/{filename}?expires=…&signature=…`."""

    def __init__(self, secret: bytes, base_url: str) -> None:
        self._secret = secret
        self._base = base_url.rstrip("/") + PREFIX

    def sign(self, key: str, *, expires_at: datetime, filename: str) -> str:
        """The address of a file, good until the next full hour after `expires_at`."""
        name = safe_filename(filename)
        expires = -(-int(expires_at.timestamp()) // STEP) * STEP
        return f"{self._base}{key}/{name}?expires={expires}&signature={self._signature(key, name, expires)}"

    def verify(self, path: str, query: str, *, now: datetime) -> Grant:
        """What an address gives. Raises `Forbidden`, the same for a wrong signature and for one that is past."""
        key, _, name = path.rpartition(PREFIX)[2].partition("/")
        values = parse_qs(query)
        expires, signature = values.get("expires", [""])[0], values.get("signature", [""])[0]
        number = int(expires) if re.fullmatch(r"[0-9]{1,11}", expires) else 0
        genuine = hmac.compare_digest(self._signature(key, name, number).encode(), signature.encode())
        if not genuine or number <= now.timestamp():
            raise Forbidden("The address has expired or was changed. Read the generation again for a fresh one.")
        return Grant(key=key, filename=name, expires_at=datetime.fromtimestamp(number, UTC))

    def _signature(self, key: str, filename: str, expires: int) -> str:
        text = f"{PURPOSE}\n{key}\n{filename}\n{expires}".encode()
        return urlsafe_b64encode(hmac.digest(self._secret, text, "sha256")).decode().rstrip("=")


class MediaLinks:
    """Signs the absolute URLs of stored files, for responses and webhooks alike."""

    def __init__(self, signer: UrlSigner, clock: Clock) -> None:
        self._signer, self._clock = signer, clock

    def url(self, base_url: str, key: str, filename: str, expires_at: datetime) -> str | None:
        """Return the URL of a file under `base_url`, or None once it has expired."""
        if expires_at <= self._clock.now():
            return None
        return base_url + self._signer.sign(key, expires_at=expires_at, filename=filename)


def safe_filename(filename: str) -> str:
    """A name that needs no escaping in an address, in a header or on a disk."""
    return UNSAFE.sub("-", filename).strip(".-")[-LONGEST_FILENAME:] or "file"
