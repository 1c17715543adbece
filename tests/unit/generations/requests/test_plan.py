"""What is planned for a request: its price and adjustments are those of what is bought."""

from dataclasses import replace

import pytest

from generations.requests.generation_request import GenerationRequest
from generations.requests.plan import RequestPlan, plan_generation
from generations.services import Services
from kit.errors import InvalidInput
from providers.backend import GenerationType, JSONObject
from providers.registry import Backends
from tests.support.controllable_upstream import ControllableUpstream
from tests.support.use_case_harness import UseCaseHarness

pytestmark = pytest.mark.anyio

FOX: JSONObject = {"text": "a fox"}
URL = "https://images.example.net/input"
DANCE: JSONObject = {"image": URL, "video": URL}
MOTION: JSONObject = {"text": "a dance", **DANCE}


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: object) -> str:
    return f"sqlite:///{tmp_path}/plan.db"


@pytest.fixture
def services(use_cases: UseCaseHarness) -> Services:
    """Services with every backend of the catalogue."""
    names = {route.backend for one in use_cases.services.catalogue.providers for route in one.routes}
    live = {name: ControllableUpstream(name) for name in names}
    return replace(use_cases.services, backends=Backends(live=live, test=live["local"]))


def request(
    provider: str | None, content: JSONObject = FOX, /, *, strict: bool = False, **options: object
) -> GenerationRequest:
    kind = GenerationType.IMAGE if provider in IMAGES else GenerationType.VIDEO
    return GenerationRequest(kind, content, provider=provider, options=options, strict=strict)  # type: ignore[arg-type]


IMAGES = ("gpt-image-2", "seedream-4-5", "nano-banana-2")


def plan(services: Services, request: GenerationRequest, *, test_mode: bool = False) -> RequestPlan:
    return plan_generation(services, request, test_mode=test_mode, default_seed=1, at=services.clock.now())


def changes(plan: RequestPlan) -> dict[object, tuple[object, object]]:
    return {one["field"]: (one["requested"], one["used"]) for one in plan.adjustments}


def refusal(services: Services, request: GenerationRequest) -> InvalidInput:
    with pytest.raises(InvalidInput) as refused:
        plan(services, request)
    return refused.value


async def test_a_video_from_text_alone_is_bought_reported_and_paid_as_the_master_model(services: Services) -> None:
    planned = plan(services, request("kling"))
    asked = plan(services, request("kling", mode="master", model="2.1-master"))

    assert planned.credit_cost == asked.credit_cost == 360
    assert changes(planned) == {"options.mode": ("standard", "master"), "options.model": ("2.1", "2.1-master")}
    assert changes(asked) == {}


async def test_the_price_of_a_tier_is_paid_where_the_tier_is_bought(services: Services) -> None:
    costs = {
        mode: plan(services, request("kling", {**FOX, "image": URL}, mode=mode)).credit_cost
        for mode in ("standard", "pro", "master")
    }

    assert costs == {"standard": 120, "pro": 192, "master": 360}


@pytest.mark.parametrize(
    ("asked", "same"),
    [
        (request("minimax", duration=5), 120),  # Hailuo makes 6 seconds
        (request("veo3"), 360),
        (request("gpt-image-2", quality="ultra"), 80),  # as high
        (request("seedream-4-5"), 35),  # 1920x1920 is the least it makes
        (request("nano-banana-2", width=512, height=512), 28),  # 1024x1024, the tier 1K
        (request("nano-banana-2", width=3840, height=2160), 42),  # the tier 2K
    ],
)
async def test_the_price_is_that_of_the_values_that_are_used(
    services: Services, asked: GenerationRequest, same: int
) -> None:
    planned = plan(services, asked)

    assert planned.credit_cost == same
    assert changes(planned)


async def test_a_test_key_pays_what_a_live_key_would(services: Services) -> None:
    for asked in (request("kling"), request("minimax"), request("seedream-4-5")):
        assert plan(services, asked, test_mode=True).credit_cost == plan(services, asked).credit_cost


async def test_a_strict_request_is_refused_for_what_it_asks_and_not_for_defaults(services: Services) -> None:
    assert plan(services, request("kling", strict=True)).credit_cost == 360

    error = refusal(services, request("kling", mode="pro", strict=True))

    assert error.field == "input.options.mode"
    assert error.extensions["allowedValues"] == ["master"]
    assert error.extensions["suggestion"] == "master"


async def test_a_strict_refusal_says_what_the_upstream_has(services: Services) -> None:
    silent = refusal(services, request("kling", silent=False, strict=True))
    seed = refusal(services, request("kling", seed=5, strict=True))

    assert "from false to true" in silent.message
    assert silent.extensions["allowedValues"] == ["true"]
    assert seed.message == (
        "`options.seed` would have no effect, and the request is strict: kling does not support it for this model."
    )


async def test_another_model_than_the_provider_is_reported(services: Services) -> None:
    planned = plan(services, request("seedance", MOTION))

    assert changes(planned)["provider"] == ("seedance", "Wan 2.2 Animate by Alibaba")
    assert "provider" not in changes(plan(services, request("seedance")))


async def test_a_strict_request_for_a_provider_refuses_another_model(services: Services) -> None:
    error = refusal(services, request("seedance", DANCE, strict=True))

    assert error.field == "input.provider"
    assert "Wan 2.2 Animate by Alibaba" in error.message
    assert plan(services, request(None, DANCE, strict=True)).provider.id == "seedance"


async def test_what_no_provider_makes_is_refused_without_the_name_of_one(services: Services) -> None:
    error = refusal(services, request(None, {"text": "a fox", "video": URL}))

    assert error.field == "input.input"
    assert error.message.startswith(
        "No provider of VIDEO on this server supports video-to-video, only image-to-video, "
    )
    assert not [one.id for one in services.catalogue.providers if one.name in error.message]


async def test_an_option_that_no_provider_has_is_refused_for_all_of_them(services: Services) -> None:
    error = refusal(services, request(None, nonsense=1))

    assert error.message.startswith("No provider of VIDEO takes this request. ")
    assert error.field == "input.options.nonsense"
