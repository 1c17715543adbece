"""When a delivery that failed is attempted again."""

from datetime import timedelta
from zlib import crc32

# After each attempt that fails, counted from its end.
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
)
JITTER = 0.05  # of a pause at most, so that what failed together does not come back together


def backoff_delay(tries: int, *, delivery_id: str) -> timedelta | None:
    """How long to wait after so many failures; None when it was the last attempt.

    A pause is lengthened by a part that follows from the delivery and the try: the same whoever works it out.
    """
    if tries > len(PAUSES):
        return None
    part = crc32(f"{delivery_id}/{tries}".encode()) / 2**32
    return PAUSES[tries - 1] * (1 + JITTER * part)
