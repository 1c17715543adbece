"""Marks responses that may be sent again to a request with the same bytes, without processing that request.

The protocol puts the bytes of a request into the state of its scope, and the endpoint what its response is made from.
"""

from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass

from starlette.types import Scope

from accounts.principal import Principal
from web.message_ids import IdSpan, id_span

RAW_REQUEST = "raw_request"
CACHEABLE_RESPONSE = "cacheable_response"

RenewResult = Callable[[], Coroutine[object, None, None]]
"""Makes a result again that is no longer current, and stores it in the cache of results. Counts no read."""


@dataclass(frozen=True, slots=True)
class CacheableResponse:
    """What a response with status 200 depends on, besides the bytes of the request and the address it came from."""

    principal: Principal
    result_key: Hashable
    """The key of its body in the cache of results; with an `id_span`, of the member `result` of its body."""
    id_span: IdSpan | None = None
    """Where the request, a JSON-RPC message, has its id: the response serves the same message with any other id."""
    renew_result: RenewResult | None = None
    """Makes its body again; None if the request has to be processed for that."""


def mark_cacheable(
    scope: Scope, principal: Principal | None, result_key: Hashable, renew_result: RenewResult | None = None
) -> None:
    """Allow the response to be sent again while the key of the principal is valid and its body is in the cache.

    With `renew_result`, also once its body is no longer in the cache: with a new one. A read is counted for each. The
    headers of the response must depend on nothing but the request, except for the request ID, the date and the rate
    limit.
    """
    if principal is not None:
        scope.setdefault("state", {})[CACHEABLE_RESPONSE] = CacheableResponse(
            principal, result_key, renew_result=renew_result
        )


def mark_message_cacheable(scope: Scope, principal: Principal, result_key: Hashable, message: bytes) -> None:
    """Allow the same for a valid JSON-RPC message with any id. `result_key` is that of its result."""
    state = scope.setdefault("state", {})
    _, request = state.get(RAW_REQUEST, (None, b""))
    span = id_span(message) if request.endswith(message) else None
    if span is not None:
        state[CACHEABLE_RESPONSE] = CacheableResponse(principal, result_key, span)
