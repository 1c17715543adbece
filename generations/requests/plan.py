"""Planning a request: provider, complete options, price and time. Pure."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from generations.generation import Priority
from generations.inputs.files import check_inputs
from generations.routing import candidates, is_local, require_available
from generations.services import Services
from kit.errors import InvalidInput
from providers.backend import GenerationType, JSONObject
from providers.catalogue import Catalogue, Provider, Resolved, estimate_seconds, price, resolve
from providers.test_directives import check_test_directives
from providers.test_mode import parse_directives

AUTO = "auto"
SEED_RANGE = 2**31


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """A request as the client sent it."""

    type: GenerationType
    input: JSONObject
    provider: str | None = None
    options: JSONObject | None = None
    priority: Priority = Priority.BALANCED
    webhook_url: str | None = None
    idempotency_key: str | None = None
    quote_id: str | None = None
    max_credits: int | None = None
    strict: bool = False
    """Reject values that would be adjusted."""
    retry_of: str | None = None
    """The failed generation that this one retries."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An acceptable request with everything decided."""

    provider: Provider
    resolved: Resolved
    seed: int
    credit_cost: int
    estimated_time: int
    adjustments: list[JSONObject]


def plan_generation(
    services: Services, request: GenerationRequest, *, test_mode: bool, default_seed: int, at: datetime
) -> Plan:
    """Plan a request. `default_seed` is used where the request has none.

    Raises `InvalidInput` or `ProviderUnavailable`.
    """
    if request.webhook_url is not None:
        services.outbox.check_address(request.webhook_url, field="input.webhookUrl")
    provider, resolved = _resolve(services, request, test_mode=test_mode, today=at.date())
    if test_mode:
        check_test_directives(resolved.content.get("text"))
    simulated_inputs = check_inputs(services.library, resolved.content, test_mode=test_mode)
    cost = price(provider, resolved, at.date())
    seed = resolved.options.get("seed")
    return Plan(
        provider=provider,
        resolved=resolved,
        seed=seed if isinstance(seed, int) else default_seed,
        credit_cost=cost,
        estimated_time=_estimate_seconds(services.catalogue, provider, resolved, test_mode=test_mode),
        adjustments=[*(asdict(adjustment) for adjustment in resolved.adjustments), *simulated_inputs],
    )


def _estimate_seconds(catalogue: Catalogue, provider: Provider, resolved: Resolved, *, test_mode: bool) -> int:
    """Return the typical duration in seconds; with a test key, that of the local simulation and of its delay."""
    if not test_mode:
        return estimate_seconds(provider, resolved)
    simulator = next((one for one in catalogue.of_type(provider.type) if is_local(one)), provider)
    text = resolved.content.get("text")
    delay = parse_directives(text).delay if isinstance(text, str) else None
    return estimate_seconds(simulator, resolved) + (round(delay.total_seconds()) if delay else 0)


def _resolve(
    services: Services, request: GenerationRequest, *, test_mode: bool, today: date
) -> tuple[Provider, Resolved]:
    if request.provider is not None and request.provider.lower() != AUTO:
        provider = services.catalogue.get(request.provider, type=request.type)
        resolved = _resolve_for(provider, request)
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
    return _first_supporting(chosen, request)


def _resolve_for(provider: Provider, request: GenerationRequest) -> Resolved:
    resolved = resolve(provider, request.input, request.options or {})
    if request.strict and resolved.adjustments:
        first = resolved.adjustments[0]
        option = provider.options.get(first.field.rpartition(".")[2])
        raise InvalidInput(
            f"`{first.field}` would be adjusted from {first.requested!r} to {first.used!r}, and the request is strict: "
            f"{first.reason}.",
            field=f"input.{first.field}",
            allowed=None if option is None else option.allowed,
            suggestion=first.used,
        )
    return resolved


def _first_supporting(providers: list[Provider], request: GenerationRequest) -> tuple[Provider, Resolved]:
    """Return the best provider that supports every given option; if none does, raise the error of the best one."""
    refusals: list[InvalidInput] = []
    for provider in providers:
        try:
            return provider, _resolve_for(provider, request)
        except InvalidInput as refusal:
            refusals.append(refusal)
    raise refusals[0]
