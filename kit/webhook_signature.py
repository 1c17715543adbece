"""Webhook signatures: Standard Webhooks headers and `X-Doitong-Signature`."""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256

from kit.webhook_secrets import secret_bytes


def sign(secrets: Sequence[str], *, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers of a delivery: one Standard Webhooks signature per secret, and `X-Doitong-Signature`.

    Raises `ValueError` for a malformed secret.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = [hmac.new(secret_bytes(secret), signed, sha256).digest() for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{b64encode(signature).decode()}" for signature in signatures),
        "x-doitong-signature": f"sha256={hmac.new(secrets[0].encode(), body, sha256).hexdigest()}",
    }
