"""The retry schedule of deliveries."""

from datetime import timedelta
from zlib import crc32

from webhooks.event import MessageFormat

# Delays after each failed attempt, from its end.
RETRY_DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
)
APIXO_RETRY_DELAYS = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
JITTER = 0.05  # maximum fraction of a delay, so that simultaneous failures do not retry together


def retry_delay(failed_attempts: int, *, delivery_id: str, format: MessageFormat | None = None) -> timedelta | None:
    """Return the delay before the next attempt, or None after the last one.

    The jitter is derived from the delivery and the attempt, so every process computes the same.
    """
    delays = APIXO_RETRY_DELAYS if format is MessageFormat.APIXO else RETRY_DELAYS
    if failed_attempts > len(delays):
        return None
    part = crc32(f"{delivery_id}/{failed_attempts}".encode()) / 2**32
    return delays[failed_attempts - 1] * (1 + JITTER * part)
