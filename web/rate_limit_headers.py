"""Rate-limit headers: `X-RateLimit-Limit`, `-Remaining` and `-Reset` (Unix seconds), and `Retry-After` (seconds)."""

import math

from accounts.rate_limits import RateLimitStatus
from kit.errors import DoitongError, ErrorCode, RateLimited


def rate_limit_headers(status: RateLimitStatus) -> dict[str, str]:
    """Return the headers that report a limit; none where the plan has no limit."""
    if status.limit is None:
        return {}
    return {
        "x-ratelimit-limit": str(status.limit),
        "x-ratelimit-remaining": str(status.remaining),
        "x-ratelimit-reset": str(status.reset),
    }


def exhausted_headers(error: RateLimited) -> dict[str, str]:
    """Return the headers of a limit that was reached: nothing remains until the reset."""
    return rate_limit_headers(RateLimitStatus(error.allowed, 0, error.reset))


def retry_after_header(error: DoitongError) -> dict[str, str]:
    """Return `Retry-After` for a rate limit: whole seconds, rounded up, at least 1."""
    seconds = error.extensions.get("retryAfter")
    if error.code is not ErrorCode.RATE_LIMIT or not isinstance(seconds, int | float):
        return {}
    return {"retry-after": str(max(1, math.ceil(seconds)))}
