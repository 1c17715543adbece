"""Rate-limit headers: `X-RateLimit-Limit`, `-Remaining` and `-Reset` (Unix seconds), and `Retry-After` (seconds)."""

import math

from accounts.rate_limits import Allowance
from kit.errors import DoitongError, ErrorCode, RateLimited


def rate_limit_headers(allowance: Allowance) -> dict[str, str]:
    """Return the headers of an allowance; none where the plan has no limit."""
    if allowance.limit is None:
        return {}
    return {
        "x-ratelimit-limit": str(allowance.limit),
        "x-ratelimit-remaining": str(allowance.remaining),
        "x-ratelimit-reset": str(allowance.reset),
    }


def exhausted_headers(error: RateLimited) -> dict[str, str]:
    """Return the headers of a limit that was reached: nothing remains until the reset."""
    return rate_limit_headers(Allowance(error.allowed, 0, error.reset))


def retry_after_header(error: DoitongError) -> dict[str, str]:
    """Return `Retry-After` for a rate limit: whole seconds, rounded up, at least 1."""
    seconds = error.extensions.get("retryAfter")
    if error.code is not ErrorCode.RATE_LIMIT or not isinstance(seconds, int | float):
        return {}
    return {"retry-after": str(max(1, math.ceil(seconds)))}
