"""The operations, the same over MCP and REST: use cases with the requests and responses of Kubeez."""

import hashlib
from dataclasses import replace
from typing import Literal

from typing_extensions import TypedDict

from accounts.principal import Scope, reject_single_generation_token, require_scope
from credits.ledger import LedgerAccount, balance_of
from dialects.kubeez.field_names import AD_FIELDS, DIALOGUE_FIELDS, MUSIC_FIELDS, fields_named
from dialects.kubeez.requests import AdCopyRequest, DialogueRequest, MediaOptions, MediaRequest, MusicRequest
from dialects.kubeez.responses import Started, StartedAds, started, status_word
from generations.generation import Generation, Status
from generations.requests import idempotency
from generations.requests.accept import Acceptance, accept_generation
from generations.requests.cancel import cancel
from generations.requests.generation_request import GenerationRequest
from generations.requests.idempotency import MAX_KEY, check_key
from generations.requests.plan import plan_generation
from generations.requests.quotes import Estimate, estimate
from kit.errors import InsufficientCredits, NotFound
from kit.text import truncate
from providers.backend import GenerationType
from web.acceptance import accept_with_headers
from web.json_api import Call, resolve_idempotency_key

Kind = Literal["media", "music"]
SAMPLE_PROMPT = "A sentence of some fifty characters to compare with."
SAMPLE_MEDIA = "https://example.com/input"


class Balance(TypedDict):
    """The credits of the account, in the mode of the key."""

    credits: int
    message: str
    purchase_url: str


class CostEstimate(TypedDict):
    """What a generation would cost. Nothing was charged or started."""

    model: str
    estimated_cost_credits: int
    estimated_time_seconds: int
    credits_available: int
    sufficient_credits: bool
    valid_until: str
    message: str


class Cancelled(TypedDict):
    """The state after a cancellation. `cancelled` is false where the generation had ended before."""

    id: str
    status: str
    cancelled: bool
    message: str


async def get_balance(call: Call, *, base_url: str) -> Balance:
    """Return the available credits. Raises `Forbidden`."""
    require_scope(call.principal, Scope.READ)
    reject_single_generation_token(call.principal)
    available = await available_credits(call)
    return {
        "credits": available,
        "message": f"{available:,} credits are available.",
        "purchase_url": f"{base_url}/",
    }


async def available_credits(call: Call) -> int:
    ledger_account = LedgerAccount(call.principal.account_id, call.principal.test_mode)
    balance = await call.services.database.read(lambda connection: balance_of(connection, ledger_account))
    return balance.available


async def generate_media(call: Call, request: MediaRequest, *, key: str | None = None) -> Started:
    converted = request.to_request(call.services.catalogue, prompt=request.prompt)
    return await _start(call, converted, key)


async def generate_music(call: Call, request: MusicRequest, *, key: str | None = None) -> Started:
    converted = request.to_request()
    if converted.provider is not None:
        call.services.catalogue.get(converted.provider, type=GenerationType.MUSIC, field="model")
    with fields_named(MUSIC_FIELDS):
        return await _start(call, converted, key)


async def generate_dialogue(call: Call, request: DialogueRequest, *, key: str | None = None) -> Started:
    with fields_named(DIALOGUE_FIELDS):
        return await _start(call, request.to_request(), key)


async def create_ad_copy(call: Call, request: AdCopyRequest, *, key: str | None = None) -> StartedAds:
    """Start one generation for each variant, each with a key derived from the one of the request.

    Too few credits for all variants start none. Where a limit is reached in between, the error lists those that were
    accepted: the same request with the same key starts the others.
    """
    key = resolve_idempotency_key(call.headers.get("idempotency-key"), key)
    check_key(key)
    requests = [
        replace(await call.with_own_files(converted), idempotency_key=_variant_key(key, number))
        for number, converted in enumerate(request.to_requests(), 1)
    ]
    accepted_ids: list[str] = []
    first: Generation | None = None
    with fields_named(AD_FIELDS):
        for converted in requests:
            acceptance = await accept_with_headers(
                call.services,
                call.principal,
                accept_generation(call.services, call.principal, converted)
                if accepted_ids
                else _accept_first(call, requests),
                accepted_ids=accepted_ids,
                response_headers=call.response_headers,
            )
            first = first or acceptance.generation
    assert first is not None  # noqa: S101 - there is at least one variant
    cost = first.credit_cost * len(accepted_ids)
    return {**started(first), "generation_ids": accepted_ids, "estimated_cost_credits": cost}


async def estimate_cost(call: Call, request: MediaOptions, *, prompt: str | None) -> Estimate:
    """Return the price of media, speech or music with these fields. Raises `InvalidInput`."""
    provider = call.services.catalogue.get(request.model, field="model")
    text = prompt or SAMPLE_PROMPT
    if provider.type in (GenerationType.AUDIO, GenerationType.MUSIC):
        converted = GenerationRequest(type=provider.type, provider=provider.id, input={"text": text})
    else:
        needs_media = request.generation_type and not request.generation_type.startswith("text-")
        if needs_media and not request.source_media_urls:
            pair = request.generation_type in ("motion-transfer", "audio-to-avatar")
            request = request.model_copy(update={"source_media_urls": [SAMPLE_MEDIA] * (2 if pair else 1)})
        converted = request.to_request(call.services.catalogue, prompt=text)
    return estimate(call.services, call.principal, await call.with_own_files(converted))


async def cancel_generation(call: Call, generation_id: str) -> Cancelled:
    """Cancel a generation and release its credits. Raises `NotFound`."""
    generation = await cancel(call.services, call.principal, generation_id)
    cancelled = generation.status is Status.CANCELLED
    return {
        "id": generation.id,
        "status": status_word(generation),
        "cancelled": cancelled,
        "message": "Cancelled; its credits were released." if cancelled else "It had ended before: nothing changed.",
    }


async def find(call: Call, generation_id: str, kind: Kind | None) -> Generation:
    """Return a generation of the caller, of this kind if given. Raises `NotFound`."""
    generation = await call.find(generation_id)
    check_kind(generation, kind)
    return generation


def check_kind(generation: Generation, kind: Kind | None) -> None:
    """Raise `NotFound` for a generation of the other kind."""
    found: Kind = "music" if generation.type is GenerationType.MUSIC else "media"
    if kind not in (None, found):
        raise NotFound(
            f"There is no {kind} generation {truncate(generation.id)} of yours: it is {found}. Read it as {found}, or "
            "with get_status."
        )


async def _start(call: Call, request: GenerationRequest, key: str | None) -> Started:
    acceptance = await call.accept(replace(request, idempotency_key=key))
    return started(acceptance.generation)


async def _accept_first(call: Call, requests: list[GenerationRequest]) -> Acceptance:
    """Accept the first request if the credits cover all of them. Raises `DoitongError`."""
    await _require_credits(call, requests)
    return await accept_generation(call.services, call.principal, requests[0])


async def _require_credits(call: Call, requests: list[GenerationRequest]) -> None:
    """Raise `InsufficientCredits` unless the credits cover all requests, which have the same price.

    A repetition of accepted requests needs no credits.
    """
    require_scope(call.principal, Scope.GENERATE)
    reject_single_generation_token(call.principal)
    services, principal, first, now = call.services, call.principal, requests[0], call.services.clock.now()
    if (
        await services.database.transact(
            lambda transaction: idempotency.find_by_key(transaction, principal, first, at=now)
        )
        is not None
    ):
        return
    plan = plan_generation(services, first, test_mode=principal.test_mode, default_seed=0, at=now)
    required, available = plan.credit_cost * len(requests), await available_credits(call)
    if required > available:
        raise InsufficientCredits(required=required, available=available)


def _variant_key(key: str | None, number: int) -> str | None:
    """Return the key of one variant: that of the request and the number, or its hash where that is too long."""
    if key is None:
        return None
    derived = f"{key}/{number}"
    return derived if len(derived) <= MAX_KEY else f"{hashlib.sha256(key.encode()).hexdigest()}/{number}"
