"""What a request would become: its provider, its options in full, its price and its time. Pure."""

import secrets
from dataclasses import asdict, dataclass
from datetime import date, datetime

from generations.generation import Priority
from generations.inputs.files import check_inputs
from generations.routing import candidates, require_available
from generations.services import Services
from kit.errors import InvalidInput
from providers.backend import GenerationType, JSONObject
from providers.catalogue import Provider, Resolved, estimate_seconds, price, resolve
from providers.test_directives import check_outcome_words

AUTO = "auto"
LARGEST_SEED = 2**31


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """What a client asks for, as it asked."""

    type: GenerationType
    input: JSONObject
    provider: str | None = None
    options: JSONObject | None = None
    priority: Priority = Priority.BALANCED
    webhook_url: str | None = None
    idempotency_key: str | None = None
    quote_id: str | None = None
    max_credits: int | None = None
    retry_of: str | None = None
    """The failed generation that this one tries again."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A request that can be accepted."""

    provider: Provider
    resolved: Resolved
    seed: int
    credit_cost: int
    estimated_time: int
    adjustments: list[JSONObject]


def plan_generation(services: Services, request: GenerationRequest, *, test_mode: bool, at: datetime) -> Plan:
    """Work out what the request becomes. Raises `InvalidInput` or `ProviderUnavailable`."""
    if request.webhook_url is not None:
        services.outbox.check_address(request.webhook_url, field="input.webhookUrl")
    provider, resolved = _resolve(services, request, test_mode=test_mode, today=at.date())
    if test_mode:
        check_outcome_words(resolved.content.get("text"))
    stood_in = check_inputs(services.library, resolved.content, test_mode=test_mode)
    cost = price(provider, resolved, at.date())
    seed = resolved.options.get("seed")
    return Plan(
        provider=provider,
        resolved=resolved,
        seed=seed if isinstance(seed, int) else secrets.randbelow(LARGEST_SEED),
        credit_cost=cost,
        estimated_time=estimate_seconds(provider, resolved),
        adjustments=[*(asdict(adjustment) for adjustment in resolved.adjustments), *stood_in],
    )


def _resolve(
    services: Services, request: GenerationRequest, *, test_mode: bool, today: date
) -> tuple[Provider, Resolved]:
    options = request.options or {}
    if request.provider is not None and request.provider.lower() != AUTO:
        provider = services.catalogue.get(request.provider, type=request.type)
        resolved = resolve(provider, request.input, options)
        require_available(services.backends, provider, test_mode=test_mode)
        return provider, resolved
    chosen = candidates(
        services.catalogue,
        services.backends,
        type=request.type,
        priority=request.priority,
        test_mode=test_mode,
        today=today,
    )
    return _first_that_takes(chosen, request, options)


def _first_that_takes(
    providers: list[Provider], request: GenerationRequest, options: JSONObject
) -> tuple[Provider, Resolved]:
    """The best provider that knows every option given; when none does, the best one says what is wrong."""
    refusals: list[InvalidInput] = []
    for provider in providers:
        try:
            return provider, resolve(provider, request.input, options)
        except InvalidInput as refusal:
            refusals.append(refusal)
    raise refusals[0]
