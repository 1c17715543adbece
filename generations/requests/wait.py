"""Waiting for the end of a generation within one request, for clients that do not poll."""

from contextlib import aclosing

from accounts.principal import Principal
from generations.generation import Generation
from generations.queries import follow
from generations.services import Services
from kit.errors import InvalidInput

MAX_WAIT = 50  # seconds, so that the response comes before the usual 60 s timeout of a proxy


def check_wait(seconds: int | None) -> None:
    """Raise `InvalidInput` for a negative `wait`."""
    if seconds is not None and seconds < 0:
        raise InvalidInput(f"`wait` is {seconds}: give the seconds to wait, 0 to {MAX_WAIT}.", field="wait")


async def wait_for_end(
    services: Services, principal: Principal, accepted: Generation, *, seconds: float | None
) -> Generation:
    """Return the generation at its end, or its current state when the time is over or the server stops.

    A larger number of `seconds` than `MAX_WAIT` counts as `MAX_WAIT`.
    """
    latest = accepted
    if not seconds or accepted.is_over:
        return latest
    try:
        async with (
            services.shutdown_timeouts.timeout(min(seconds, MAX_WAIT)),
            aclosing(follow(services, principal, accepted.id, after=accepted.version)) as states,
        ):
            async for state in states:
                latest = state
    except TimeoutError:
        pass
    return latest
