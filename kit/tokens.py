"""Secret tokens: a prefix, random characters and a checksum that detects typos."""

import hashlib
import hmac
import secrets
import string
import zlib

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM_CHARACTERS = 32  # 190 bits
CHECKSUM_CHARACTERS = 6


def new_token(prefix: str) -> str:
    """Return a new random token with this prefix."""
    body = "".join(secrets.choice(BASE62) for _ in range(RANDOM_CHARACTERS))
    return f"{prefix}{body}{_checksum(prefix + body)}"


def derived_token(prefix: str, secret: bytes, purpose: str) -> str:
    """Return the token derived from `secret`; it need not be stored."""
    number = int.from_bytes(hmac.new(secret, f"token:{purpose}".encode(), hashlib.sha512).digest())
    body = _base62(number, RANDOM_CHARACTERS)
    return f"{prefix}{body}{_checksum(prefix + body)}"


def is_well_formed(token: str, prefix: str) -> bool:
    """Whether the checksum matches: false for a truncated or mistyped token."""
    if not token.startswith(prefix) or len(token) != len(prefix) + RANDOM_CHARACTERS + CHECKSUM_CHARACTERS:
        return False
    return secrets.compare_digest(
        _checksum(token[:-CHECKSUM_CHARACTERS]).encode(), token[-CHECKSUM_CHARACTERS:].encode()
    )


def digest(token: str, secret: bytes) -> str:
    """Return the stored form of the token: HMAC-SHA256 in hex."""
    return hmac.new(secret, token.encode(), hashlib.sha256).hexdigest()


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), CHECKSUM_CHARACTERS)


def _base62(number: int, length: int) -> str:
    """Return the last `length` base-62 digits of a number."""
    return "".join(BASE62[number // len(BASE62) ** place % len(BASE62)] for place in reversed(range(length)))
