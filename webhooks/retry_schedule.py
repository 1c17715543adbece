"""The retry schedule of deliveries."""

from datetime import timedelta
from zlib import crc32

# Delays after each failed attempt, from its end.
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
)
JITTER = 0.05  # maximum fraction of a delay, so that simultaneous failures do not retry together


def backoff_delay(failed_attempts: int, *, delivery_id: str) -> timedelta | None:
    """Return the delay before the next attempt, or None after the last one.

    The jitter is derived from the delivery and the attempt, so every process computes the same.
    """
    if failed_attempts > len(PAUSES):
        return None
    part = crc32(f"{delivery_id}/{failed_attempts}".encode()) / 2**32
    return PAUSES[failed_attempts - 1] * (1 + JITTER * part)
