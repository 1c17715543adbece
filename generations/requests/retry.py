"""Retrying a failed generation as a new one."""

from accounts.principal import Principal
from generations.generation import Status
from generations.queries import get_visible
from generations.requests import idempotency
from generations.requests.accept import Acceptance, accept_generation
from generations.requests.generation_request import GenerationRequest
from generations.services import Services
from kit.errors import InvalidInput, NotFound
from kit.text import truncate


async def retry(
    services: Services, principal: Principal, generation_id: str, *, idempotency_key: str | None = None
) -> Acceptance:
    """Submit the request of a failed generation again. Raises `NotFound`, and `InvalidInput` if it did not fail.

    A repeated idempotency key returns the first retry, even if the failed generation has been deleted since.
    """
    idempotency.check_key(idempotency_key, field="idempotencyKey")
    now = services.clock.now()
    failed = await get_visible(services, principal, generation_id)
    if failed is None and idempotency_key is not None:
        first = await services.database.transact(
            lambda t: idempotency.find_retry_by_key(t, principal, idempotency_key, retry_of=generation_id, at=now)
        )
        if first is not None:
            return Acceptance(first, replayed=True, rate_limit=None)
    if failed is None:
        raise NotFound(f"There is no generation {truncate(generation_id)} of yours.")
    if failed.status is not Status.FAILED:
        raise InvalidInput(
            f"{generation_id} is {failed.status}: only a failed generation can be retried. Call `generate` instead.",
            field="id",
        )
    request = GenerationRequest(
        type=failed.type,
        provider=failed.provider,
        input=failed.input,
        options=failed.options,
        priority=failed.priority,
        webhook_url=failed.webhook_url,
        idempotency_key=idempotency_key,
        retry_of=failed.id,
        webhook_format=failed.webhook_format,
        routing=failed.routing,
    )
    return await accept_generation(services, principal, request)
