"""Secret tokens: a prefix that says what they are, random characters, and a checksum that catches a bad copy."""

import hashlib
import hmac
import secrets
import string
import zlib

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM_CHARACTERS = 32  # 190 bits
CHECKSUM_CHARACTERS = 6


def new_token(prefix: str) -> str:
    """A fresh token, `prefix` first."""
    body = "".join(secrets.choice(BASE62) for _ in range(RANDOM_CHARACTERS))
    return f"{prefix}{body}{_checksum(prefix + body)}"


def is_well_formed(token: str, prefix: str) -> bool:
    """Whether the checksum fits: false for a token that was cut short or mistyped, before any look-up."""
    if not token.startswith(prefix) or len(token) != len(prefix) + RANDOM_CHARACTERS + CHECKSUM_CHARACTERS:
        return False
    return secrets.compare_digest(
        _checksum(token[:-CHECKSUM_CHARACTERS]).encode(), token[-CHECKSUM_CHARACTERS:].encode()
    )


def digest(token: str, secret: bytes) -> str:
    """What is stored in the token's place: HMAC-SHA256 in hex."""
    return hmac.new(secret, token.encode(), hashlib.sha256).hexdigest()


def _checksum(text: str) -> str:
    number = zlib.crc32(text.encode())
    characters = []
    for _ in range(CHECKSUM_CHARACTERS):
        number, place = divmod(number, len(BASE62))
        characters.append(BASE62[place])
    return "".join(reversed(characters))
