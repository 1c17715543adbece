"""Accepting a generation in any HTTP API: the outcome and the headers that report it."""

from collections.abc import Awaitable, MutableMapping

from accounts.principal import Principal
from accounts.rate_limits import ApiLimits, RateLimitStatus, generation_rate_limit
from generations.requests.accept import Acceptance
from generations.services import Services
from kit.errors import DoitongError
from web.rate_limit_headers import rate_limit_headers

REPLAYED_HEADER = "idempotent-replayed"


async def accept_with_headers(
    services: Services,
    principal: Principal,
    accepting: Awaitable[Acceptance],
    *,
    accepted_ids: list[str],
    response_headers: MutableMapping[str, str],
    api: ApiLimits | None = None,
) -> Acceptance:
    """Await the acceptance and set its response headers: the rate limit, and `Idempotent-Replayed`.

    `accepted_ids` holds the ids that the same request has accepted so far and gains the new one. A `DoitongError` is
    raised again; where the request had accepted generations before, it lists them and is not retryable.
    """
    try:
        acceptance = await accepting
    except DoitongError as error:
        response_headers.update(rate_limit_headers(await _rate_limit(services, principal, api)))
        error.add_accepted_generations(accepted_ids)
        raise
    accepted_ids.append(acceptance.generation.id)
    rate_limit = acceptance.rate_limit or await _rate_limit(services, principal, api)
    response_headers.update(rate_limit_headers(rate_limit))
    if acceptance.replayed:
        response_headers[REPLAYED_HEADER] = "true"
    return acceptance


async def _rate_limit(services: Services, principal: Principal, api: ApiLimits | None) -> RateLimitStatus:
    now = services.clock.now()
    return await services.database.read(
        lambda connection: generation_rate_limit(connection, principal.account_id, principal.plan, at=now, api=api)
    )
