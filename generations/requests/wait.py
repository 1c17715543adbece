"""Waiting a little for the end, for clients that would rather not poll."""

from contextlib import aclosing

from accounts.keys import Principal
from generations.generation import Generation
from generations.queries import follow
from generations.services import Services
from kit.errors import InvalidInput

LONGEST_WAIT = 60  # seconds


def check_wait(seconds: int | None) -> None:
    """Raise `InvalidInput` unless this is a time that a request may wait."""
    if seconds is not None and not 0 <= seconds <= LONGEST_WAIT:
        raise InvalidInput(f"`wait` is {seconds}: it must be 0 to {LONGEST_WAIT} seconds.", field="wait")


async def wait_for_end(
    services: Services, principal: Principal, accepted: Generation, *, seconds: int | None
) -> Generation:
    """The generation once it has ended, or as it stands after so many seconds or when the server stops."""
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
