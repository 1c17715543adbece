"""Secrets that messages are signed with: `whsec_` and base64, as Standard Webhooks writes them."""

import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.errors import InvalidInput

PREFIX = "whsec_"
BYTES = 24
FEWEST_BYTES, MOST_BYTES = 24, 64  # https://github.com/standard-webhooks/standard-webhooks, "Signature scheme"
OVERLAP = timedelta(hours=24)  # in which the secret before signs too


@dataclass(frozen=True, slots=True)
class WebhookSecrets:
    """The secret in use and, for a while after it was changed, the one before."""

    current: str
    previous: str | None = None
    previous_until: datetime | None = None

    def in_use(self, at: datetime) -> Sequence[str]:
        """Those that sign at a moment, the newest first."""
        if self.previous is None or self.previous_until is None or self.previous_until <= at:
            return [self.current]
        return [self.current, self.previous]

    def rotated(self, wanted: str | None, *, at: datetime) -> "WebhookSecrets":
        """With a new secret: the one wanted, or a fresh one; the one in use changes nothing. Raises `InvalidInput`."""
        if wanted == self.current:
            return self
        return WebhookSecrets(validate_or_generate_secret(wanted), self.current, at + OVERLAP)


def validate_or_generate_secret(wanted: str | None) -> str:
    """The secret wanted, or a fresh one. Raises `InvalidInput` for one that nobody could verify with, or guess."""
    if wanted is None:
        return PREFIX + b64encode(secrets.token_bytes(BYTES)).decode()
    try:
        size = len(secret_bytes(wanted)) if wanted.startswith(PREFIX) else 0
    except ValueError:
        size = 0
    if not FEWEST_BYTES <= size <= MOST_BYTES:
        raise InvalidInput(
            f"`secret` must be {PREFIX} and {FEWEST_BYTES} to {MOST_BYTES} random bytes in base64. "
            "Leave it out to have one made.",
            field="secret",
        )
    return wanted


def secret_bytes(secret: str) -> bytes:
    """The bytes of a secret. Raises `ValueError` for what is not base64."""
    return b64decode(secret.removeprefix(PREFIX), validate=True)
