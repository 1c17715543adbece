"""Waiting for the end of a generation within one request, for clients that do not poll."""

from contextlib import aclosing

from accounts.keys import Principal
from generations.generation import Generation
from generations.queries import follow
from generations.services import Services
from kit.errors import InvalidInput

MAX_WAIT = 60  # seconds


def check_wait(seconds: int | None) -> None:
    """Raise `InvalidInput` unless `wait` is within the limit."""
    if seconds is not None and not 0 <= seconds <= MAX_WAIT:
        raise InvalidInput(f"`wait` is {seconds}: it must be 0 to {MAX_WAIT} seconds.", field="wait")


async def wait_for_end(
    services: Services, principal: Principal, accepted: Generation, *, seconds: int | None
) -> Generation:
    """Return the generation at its end, or its current state after `seconds` or when the server stops."""
    latest = accepted
    if not seconds or accepted.is_over:
        return latest
    try:
        async with (
            services.waits.limit(seconds),
            aclosing(follow(services, principal, accepted.id, after=accepted.version)) as states,
        ):
            async for state in states:
                latest = state
    except TimeoutError:
        pass
    return latest
