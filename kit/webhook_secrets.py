"""Webhook signing secrets: `whsec_` and base64, as in Standard Webhooks."""

import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.errors import InvalidInput

PREFIX = "whsec_"
BYTES = 24
MIN_BYTES, MAX_BYTES = 24, 64  # https://github.com/standard-webhooks/standard-webhooks, "Signature scheme"
ROTATION_OVERLAP = timedelta(hours=24)  # during which the previous secret signs too


@dataclass(frozen=True, slots=True)
class WebhookSecrets:
    """The current secret and, for a while after a rotation, the previous one."""

    current: str
    previous: str | None = None
    previous_until: datetime | None = None

    def in_use(self, at: datetime) -> Sequence[str]:
        """Return the secrets that sign at `at`, newest first."""
        if self.previous is None or self.previous_until is None or self.previous_until <= at:
            return [self.current]
        return [self.current, self.previous]

    def rotated(self, requested: str | None, *, at: datetime) -> "WebhookSecrets":
        """Return the secrets after a rotation to the requested secret, or to a new one. Raises `InvalidInput`."""
        if requested == self.current:
            return self
        return WebhookSecrets(validate_or_generate_secret(requested), self.current, at + ROTATION_OVERLAP)


def validate_or_generate_secret(requested: str | None) -> str:
    """Validate the requested secret, or generate one. Raises `InvalidInput`."""
    if requested is None:
        return PREFIX + b64encode(secrets.token_bytes(BYTES)).decode()
    try:
        size = len(secret_bytes(requested)) if requested.startswith(PREFIX) else 0
    except ValueError:
        size = 0
    if not MIN_BYTES <= size <= MAX_BYTES:
        raise InvalidInput(
            f"`secret` must be {PREFIX} and {MIN_BYTES} to {MAX_BYTES} random bytes in base64. "
            "Omit it to have one generated.",
            field="secret",
        )
    return requested


def secret_bytes(secret: str) -> bytes:
    """Return the bytes of a secret. Raises `ValueError` for invalid base64."""
    return b64decode(secret.removeprefix(PREFIX), validate=True)
