"""Planning a request: provider, complete options, price and time. Pure."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from generations.generation import Alternative
from generations.inputs.files import check_inputs
from generations.requests.generation_request import GenerationRequest
from generations.routing.availability import is_local
from generations.routing.provider_selection import ProviderChoice, choose_providers
from generations.services import Services
from providers.backend import JSONObject
from providers.catalogue import Catalogue, Provider, ValidatedRequest, estimate_seconds, price
from providers.directive_validation import check_test_directives
from providers.simulation import parse_directives

SEED_RANGE = 2**31


@dataclass(frozen=True, slots=True)
class RequestPlan:
    """An acceptable request with everything decided."""

    provider: Provider
    validated: ValidatedRequest
    seed: int
    credit_cost: int
    estimated_time: int
    adjustments: list[JSONObject]
    alternatives: list[JSONObject]
    """Providers that take over if the automatically chosen one accepts no job, best first; see `Alternative`."""


def plan_generation(
    services: Services, request: GenerationRequest, *, test_mode: bool, default_seed: int, at: datetime
) -> RequestPlan:
    """Plan a request. `default_seed` is used where the request has none.

    Raises `InvalidInput` or `ProviderUnavailable`.
    """
    if request.webhook_url is not None:
        services.outbox.check_url(request.webhook_url, field="input.webhookUrl")
    choice, *others = choose_providers(services, request, test_mode=test_mode, at=at)
    provider, validated = choice.provider, choice.validated
    if test_mode:
        check_test_directives(validated.content.get("text"))
    simulated_inputs = check_inputs(services.library, validated.content, test_mode=test_mode)
    cost = price(provider, choice.effective_request, at.date())
    seed = validated.options.get("seed")
    return RequestPlan(
        provider=provider,
        validated=validated,
        seed=seed if isinstance(seed, int) else default_seed,
        credit_cost=cost,
        estimated_time=_estimate_seconds(services.catalogue, provider, choice.effective_request, test_mode=test_mode),
        adjustments=[*(asdict(adjustment) for adjustment in choice.adjustments), *simulated_inputs],
        alternatives=_alternatives(others, max_price=cost, today=at.date()),
    )


def _estimate_seconds(catalogue: Catalogue, provider: Provider, validated: ValidatedRequest, *, test_mode: bool) -> int:
    """Return the typical duration in seconds; with a test key, that of the local simulation and of its delay."""
    if not test_mode:
        return estimate_seconds(provider, validated)
    simulator = next((one for one in catalogue.of_type(provider.type) if is_local(one)), provider)
    text = validated.content.get("text")
    delay = parse_directives(text).delay if isinstance(text, str) else None
    return estimate_seconds(simulator, validated) + (round(delay.total_seconds()) if delay else 0)


def _alternatives(choices: list[ProviderChoice], *, max_price: int, today: date) -> list[JSONObject]:
    """Return the choices as stored in a generation. `max_price` is what the client has accepted."""
    return [
        asdict(
            Alternative(
                provider=choice.provider.id,
                model=choice.validated.model,
                input=choice.validated.content,
                options=choice.validated.options,
                price=min(max_price, price(choice.provider, choice.effective_request, today)),
                estimated_time=estimate_seconds(choice.provider, choice.effective_request),
                adjustments=[asdict(adjustment) for adjustment in choice.adjustments],
            )
        )
        for choice in choices
    ]
