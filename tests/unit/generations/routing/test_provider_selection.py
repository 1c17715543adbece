"""Automatic choice: by priority over all providers, by health, and local providers only where nothing else is."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from generations.generation import Priority
from generations.routing.availability import RouteAvailability, unavailable_modes, unavailable_reason
from generations.routing.provider_selection import rank_providers
from generations.routing.route_selection import require_routes
from kit.errors import InvalidInput, ProviderUnavailable
from providers.backend import GenerationType
from providers.catalogue import load_catalogue, validate_request
from providers.health import FIRST_BREAK, MIN_FAILURES, HealthMonitor
from providers.registry import Backends
from tests.support.controllable_upstream import ControllableUpstream

NOW = datetime(2026, 11, 28, tzinfo=UTC)
CATALOGUE = load_catalogue()
ALL_BACKENDS = {route.backend for provider in CATALOGUE.providers for route in provider.routes}
# The first three: quality, speed and price with equal weights, or one of them with ten times the weight of the others.
CHOICES = {
    (GenerationType.IMAGE, Priority.BALANCED): ["stable-diffusion", "flux-krea", "flux-pro-1.1"],
    (GenerationType.IMAGE, Priority.QUALITY): ["nano-banana-2", "flux-pro-1.1", "flux-ultra"],
    (GenerationType.IMAGE, Priority.SPEED): ["flux-krea", "stable-diffusion", "flux-pro-1.1"],
    (GenerationType.IMAGE, Priority.COST): ["stable-diffusion", "flux-krea", "qwen-image"],
    (GenerationType.VIDEO, Priority.BALANCED): ["wan", "runway", "runway-i2v"],
    (GenerationType.VIDEO, Priority.QUALITY): ["veo3", "seedance-2", "runway"],
    (GenerationType.VIDEO, Priority.SPEED): ["runway", "runway-i2v", "minimax"],
    (GenerationType.VIDEO, Priority.COST): ["wan", "seedance", "luma"],
    (GenerationType.AUDIO, Priority.QUALITY): ["elevenlabs", "google-tts"],
    (GenerationType.AUDIO, Priority.COST): ["google-tts", "elevenlabs"],
    (GenerationType.AVATAR, Priority.QUALITY): ["heygen", "hedra"],
    (GenerationType.AVATAR, Priority.SPEED): ["hedra", "heygen"],
    (GenerationType.MUSIC, Priority.BALANCED): ["suno"],
}


class UnconfiguredUpstream(ControllableUpstream):
    def unavailable_because(self) -> str | None:
        return f"DOITONG_{self.name.upper()}_API_KEY is not set"


def available_routes(
    *configured: str,
    health: HealthMonitor | None = None,
    public: bool = True,
    settings: Mapping[str, str] | None = None,
) -> RouteAvailability:
    live = {
        name: ControllableUpstream(name) if name in configured else UnconfiguredUpstream(name) for name in ALL_BACKENDS
    }
    return RouteAvailability(
        Backends(live=live, test=live["local"], settings=settings or {}),
        health or HealthMonitor(),
        has_public_url=public,
    )


def choose(availability: RouteAvailability, type: GenerationType, priority: Priority = Priority.BALANCED) -> list[str]:
    chosen = rank_providers(CATALOGUE, availability, type=type, priority=priority, test_mode=False, now=NOW)
    return [provider.id for provider in chosen]


@pytest.mark.parametrize(("type", "priority"), CHOICES)
def test_the_choice_follows_the_priority(type: GenerationType, priority: Priority) -> None:
    chosen = [name for name in choose(available_routes(*ALL_BACKENDS), type, priority) if not name.startswith("local-")]
    assert chosen[:3] == CHOICES[type, priority]


def test_local_providers_are_chosen_last() -> None:
    assert choose(available_routes("local"), GenerationType.IMAGE) == ["local-image"]
    assert choose(available_routes("local", "kie"), GenerationType.MUSIC) == ["suno", "local-music"]


def test_a_provider_whose_breaker_is_open_is_not_chosen_until_its_trial() -> None:
    health = HealthMonitor()
    availability = available_routes("kie", health=health)
    for route in CATALOGUE.get("suno").routes:
        for _ in range(MIN_FAILURES):
            health.record_failure(route.backend, route.model, now=NOW)

    with pytest.raises(ProviderUnavailable) as error:
        choose(availability, GenerationType.MUSIC)
    assert error.value.extensions.get("retryable") is not False
    suno = CATALOGUE.get("suno")
    assert "keeps failing" in (unavailable_reason(availability, suno, test_mode=False, now=NOW) or "")
    assert unavailable_reason(availability, suno, test_mode=False, now=NOW + FIRST_BREAK) is None


def test_a_provider_that_fails_often_is_chosen_later() -> None:
    health = HealthMonitor()
    for route in CATALOGUE.get("google-tts").routes:
        for succeeds in (True, True, True, False, True, False):
            if succeeds:
                health.record_success(route.backend, route.model)
            else:
                health.record_failure(route.backend, route.model, now=NOW)

    availability = available_routes("elevenlabs", "google", health=health)
    assert choose(availability, GenerationType.AUDIO) == ["elevenlabs", "google-tts"]


def test_an_unavailable_provider_names_the_settings_of_its_upstreams() -> None:
    reason = unavailable_reason(available_routes("local"), CATALOGUE.get("kling"), test_mode=False, now=NOW)

    assert reason is not None
    for name in ("DOITONG_FAL_API_KEY", "DOITONG_KLING_API_KEY", "DOITONG_REPLICATE_API_KEY"):
        assert name in reason
    assert reason.startswith("Kling is not available on this server: none of DOITONG_KLING_API_KEY, ")
    assert reason.endswith(" and DOITONG_REPLICATE_API_KEY is set.")


def route_of(availability: RouteAvailability, name: str, content: dict[str, object], **options: object) -> str:
    provider = CATALOGUE.get(name)
    validated = validate_request(provider, content, options)  # type: ignore[arg-type]
    return require_routes(availability, provider, validated.content, validated.options, test_mode=False, now=NOW)[
        0
    ].backend


def test_a_request_that_only_an_unconfigured_upstream_serves_names_its_setting() -> None:
    with pytest.raises(ProviderUnavailable, match="DOITONG_HEYGEN_API_KEY is not set"):
        route_of(available_routes("fal"), "heygen", {"text": "a fox"})


def test_a_request_that_no_upstream_serves_is_refused_with_its_options() -> None:
    with pytest.raises(InvalidInput, match=r"does not support text-to-video with model hailuo-i2v, "):
        route_of(available_routes(*ALL_BACKENDS), "minimax", {"text": "a fox"}, model="hailuo-i2v")


def test_upstreams_that_download_inputs_need_a_public_address() -> None:
    content: dict[str, object] = {"text": "a fox", "image": "https://images.example.net/fox.png"}

    assert route_of(available_routes("luma"), "luma", content) == "luma"
    with pytest.raises(ProviderUnavailable, match="DOITONG_BASE_URL"):
        route_of(available_routes("luma", public=False), "luma", content)


def test_a_request_is_refused_while_every_upstream_that_serves_it_keeps_failing() -> None:
    health = HealthMonitor()
    availability, kling = available_routes("fal", health=health), CATALOGUE.get("kling")
    for route in kling.routes:
        if route.backend == "fal" and "image-to-video" not in route.modes:
            for _ in range(MIN_FAILURES):
                health.record_failure(route.backend, route.model, now=NOW)

    with pytest.raises(ProviderUnavailable, match=r"Kling.* text-to-video .*keeps failing") as error:
        route_of(availability, "kling", {"text": "a fox"})
    assert error.value.retryable
    assert "text-to-video" in unavailable_modes(availability, kling, test_mode=False, now=NOW)
    assert "image-to-video" not in unavailable_modes(availability, kling, test_mode=False, now=NOW)
    assert unavailable_reason(availability, kling, test_mode=False, now=NOW) is None
    assert route_of(availability, "kling", {"text": "a fox", "image": "https://images.example.net/fox.png"}) == "fal"


def test_an_avatar_of_the_operators_account_is_needed_where_the_request_names_none() -> None:
    configured = {"DOITONG_HEYGEN_AVATAR_ID": "Abigail"}

    with pytest.raises(InvalidInput, match="DOITONG_HEYGEN_AVATAR_ID is not set") as error:
        route_of(available_routes("heygen", "fal"), "heygen", {"text": "Hello."})
    assert error.value.field == "input.options.avatarId"
    assert route_of(available_routes("heygen"), "heygen", {"text": "Hello."}, avatarId="Abigail") == "heygen"
    assert route_of(available_routes("heygen", settings=configured), "heygen", {"text": "Hello."}) == "heygen"
    with_picture: dict[str, object] = {"text": "Hello.", "image": "https://images.example.net/fox.png"}
    assert route_of(available_routes("heygen", "fal"), "heygen", with_picture) == "fal"
