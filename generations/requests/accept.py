"""Accepting a generation: idempotency key, row, limits and credit hold in one transaction; its job starts after it.

The row is written before the counters and the balance of the account are locked, because all requests of the account
wait for these until the commit.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from accounts.plans import PLANS
from accounts.principal import Principal, Scope, reject_single_generation_token, require_scope
from accounts.rate_limits import ApiLimits, RateLimitStatus, count_generation
from accounts.spend_caps import reserve_within_caps
from credits.ledger import LedgerAccount, LowBalance, hold_credits
from database.transaction import Transaction
from generations import repository
from generations.generation import DEADLINES, QUEUED, Generation
from generations.generation_metrics import count_accepted
from generations.inputs.stored_files import check_stored_files
from generations.requests import idempotency
from generations.requests.client_retries import ClientAttempt, find_repeated, find_repeated_or_record
from generations.requests.generation_request import GenerationRequest
from generations.requests.plan import SEED_RANGE, RequestPlan, plan_generation
from generations.requests.quotes import quoted_price
from generations.services import Services
from generations.transitions import notify_after_commit
from kit.errors import DoitongError, InvalidInput, SpendCapReached
from kit.ids import new_id
from kit.logs import bind, get_logger
from webhooks.event import Event, credits_low

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """An accepted generation: a new one, or with `replayed` the one of an earlier request.

    `rate_limit` is that of generations a minute, if the request was counted.
    """

    generation: Generation
    replayed: bool
    rate_limit: RateLimitStatus | None


async def accept_generation(
    services: Services,
    principal: Principal,
    request: GenerationRequest,
    *,
    attempt: ClientAttempt | None = None,
    api: ApiLimits | None = None,
) -> Acceptance:
    """Accept a generation, or return the one that the idempotency key, or an earlier attempt of the client, created.

    Raises any `DoitongError` of the request; then nothing is charged, counted or stored.
    """
    _check_caller(principal, request)
    now, seed = services.clock.now(), secrets.randbelow(SEED_RANGE)
    try:
        plan = plan_generation(services, request, test_mode=principal.test_mode, default_seed=seed, at=now)
        cost = _price(services, principal, request, plan, at=now)
    except DoitongError:
        first = await services.database.transact(lambda t: find_repeated(t, principal, request, attempt, at=now))
        if first is None:
            raise
        return Acceptance(first, replayed=True, rate_limit=None)
    new = _new_generation(services, principal, request, plan, cost=cost, at=now)

    def accept(transaction: Transaction) -> Acceptance:
        first = find_repeated_or_record(transaction, principal, request, attempt, generation_id=new.id, at=now)
        if first is not None:
            return Acceptance(first, replayed=True, rate_limit=None)
        services.disk_space.require()
        check_stored_files(transaction, new, at=now)
        repository.insert_generation(transaction.connection, new)
        services.queue.enqueue(transaction, new.id, accepted=new)
        rate_limit = count_generation(transaction, principal.account_id, principal.plan, at=now, api=api)
        _hold_credits(transaction, services, principal, new, at=now)
        notify_after_commit(transaction, services, new)
        return Acceptance(new, replayed=False, rate_limit=rate_limit)

    acceptance = await services.database.transact(accept)
    _log(acceptance)
    return acceptance


def _hold_credits(
    transaction: Transaction, services: Services, principal: Principal, new: Generation, *, at: datetime
) -> None:
    """Hold the price within the spend caps of the key, and report a balance that has become low."""
    reserve_within_caps(transaction, principal, amount=new.credit_cost)
    ledger_account = LedgerAccount(principal.account_id, principal.test_mode)
    low = hold_credits(transaction, ledger_account, amount=new.credit_cost, generation_id=new.id, at=at)
    if low is not None:
        services.outbox.enqueue(transaction, _credits_low(new, low))


def _check_caller(principal: Principal, request: GenerationRequest) -> None:
    require_scope(principal, Scope.GENERATE)
    reject_single_generation_token(principal)
    idempotency.check_key(request.idempotency_key)


def _price(
    services: Services, principal: Principal, request: GenerationRequest, plan: RequestPlan, *, at: datetime
) -> int:
    """Return the price, at most the quoted one. Raises `QuoteExpired` and `SpendCapReached`."""
    quoted = quoted_price(services, principal, request, at=at)
    cost = plan.credit_cost if quoted is None else min(quoted, plan.credit_cost)
    if request.max_credits is not None and request.max_credits < 0:
        raise InvalidInput(f"`maxCredits` must be 0 or more, not {request.max_credits}.", field="input.maxCredits")
    if request.max_credits is not None and cost > request.max_credits:
        raise SpendCapReached(
            f"This generation costs {cost} credits and `maxCredits` is {request.max_credits}.",
            creditsRequired=cost,
            maxCredits=request.max_credits,
        )
    return cost


def _log(acceptance: Acceptance) -> None:
    new = acceptance.generation
    bind(generation_id=new.id)
    if acceptance.replayed:
        return
    count_accepted(new)
    logger.info(
        "generation_accepted",
        account_id=new.account_id,
        key_id=new.key_id,
        type=new.type.value,
        provider=new.provider,
        test_mode=new.test_mode,
        credit_cost=new.credit_cost,
    )


def _credits_low(new: Generation, low: LowBalance) -> Event:
    return credits_low(
        new.account_id, test_mode=new.test_mode, available=low.available, threshold=low.threshold, at=new.created_at
    )


def _new_generation(
    services: Services, principal: Principal, request: GenerationRequest, plan: RequestPlan, *, cost: int, at: datetime
) -> Generation:
    return Generation(
        id=new_id("gen", at),
        account_id=principal.account_id,
        key_id=principal.key_id,
        test_mode=principal.test_mode,
        type=request.type,
        status=QUEUED[0],
        stage=QUEUED[1],
        progress=0,
        version=1,
        provider=plan.provider.id,
        model=plan.validated.model,
        priority=request.priority,
        input=plan.validated.content,
        options=plan.validated.options,
        seed=plan.seed,
        adjustments=plan.adjustments,
        attempts=[],
        dispatch=None,
        job_reference=None,
        credit_cost=cost,
        credits_charged=None,
        estimated_time=plan.estimated_time,
        webhook_url=request.webhook_url,
        retry_of=request.retry_of,
        outputs=(),
        error=None,
        created_at=at,
        started_at=None,
        completed_at=None,
        deadline_at=at + DEADLINES[request.type],
        has_pending_work=True,
        retention_days=services.retention_days or PLANS[principal.plan].retention_days,
        alternatives=plan.alternatives or None,
        webhook_format=request.webhook_format,
        routing=request.routing,
    )
