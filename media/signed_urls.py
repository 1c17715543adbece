"""Signed, expiring URLs of stored files."""

import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs

from kit.clock import Clock
from kit.errors import Forbidden

PREFIX = "/media/"
EXPIRY_STEP = 3600  # seconds; expiries are rounded up, so that a repeated URL is the same for caches
MAX_FILENAME_LENGTH = 100  # characters
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
PURPOSE = "media"  # separates these signatures from others of the same secret


@dataclass(frozen=True, slots=True)
class Grant:
    """The permission of a valid URL: one file, under one name, until one time."""

    key: str
    filename: str
    expires_at: datetime


class UrlSigner:
    """Signs and verifies `{base_url}/media/{key}/{filename}?expires=…&signature=…`."""

    def __init__(self, secret: bytes, base_url: str) -> None:
        self._secret = secret
        self._base = base_url.rstrip("/") + PREFIX

    def sign(self, key: str, *, expires_at: datetime, filename: str) -> str:
        """Return the URL of a file, valid until the next full hour after `expires_at`."""
        name = safe_filename(filename)
        expires = -(-int(expires_at.timestamp()) // EXPIRY_STEP) * EXPIRY_STEP
        return f"{self._base}{key}/{name}?expires={expires}&signature={self._signature(key, name, expires)}"

    def verify(self, path: str, query: str, *, now: datetime) -> Grant:
        """Verify a URL. Raises the same `Forbidden` for a wrong signature and an expired one."""
        key, _, name = path.rpartition(PREFIX)[2].partition("/")
        values = parse_qs(query)
        expires, signature = values.get("expires", [""])[0], values.get("signature", [""])[0]
        number = int(expires) if re.fullmatch(r"[0-9]{1,11}", expires) else 0
        is_valid = hmac.compare_digest(self._signature(key, name, number).encode(), signature.encode())
        if not is_valid or number <= now.timestamp():
            raise Forbidden("The URL has expired or was changed. Read the generation again for a new one.")
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
    """Return a name that needs no escaping in a URL, a header or a path."""
    return UNSAFE.sub("-", filename).strip(".-")[-MAX_FILENAME_LENGTH:] or "file"
