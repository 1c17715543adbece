"""Routes: every option of every provider is translated, reported or refused; exact parameters of important routes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from providers.backend import JSON, GenerationType, JSONObject
from providers.catalogue import OptionType, Provider, Range, Route, ValidatedRequest, load_catalogue, validate_request
from providers.catalogue.route_adjustments import adjustments_of_defaults, adjustments_of_requested
from providers.catalogue.routes import (
    PLACEHOLDER,
    SIZE_TIER,
    fields_with_effect,
    media_fields,
    request_mode,
    serves,
    upstream_parameters,
    value_key,
    with_used_options,
)

CATALOGUE = load_catalogue()
BEFORE_RETIREMENT = date(2026, 11, 1)
TODAY = date(2026, 11, 28)
URL = "https://example.com/input"
SEED = 7
CONTENT: Mapping[str, JSONObject] = {
    "text-to-image": {"text": "a fox"},
    "image-to-image": {"text": "a fox", "image": URL},
    "reference-to-image": {"text": "a fox", "images": [URL]},
    "text-to-video": {"text": "a fox"},
    "image-to-video": {"text": "a fox", "image": URL},
    "reference-to-video": {"text": "a fox", "images": [URL]},
    "motion-transfer": {"text": "a fox", "image": URL, "video": URL},
    "text-to-speech": {"text": "Hello."},
    "text-to-avatar": {"text": "Hello."},
    "image-to-avatar": {"text": "Hello.", "image": URL},
    "audio-to-avatar": {"text": "Hello.", "image": URL, "audio": URL},
    "text-to-music": {"text": "a song"},
    "lyrics-to-music": {"text": "a song", "lyrics": "La la la"},
}
TEXTS: Mapping[str, str] = {"background": "#204060", "language": "en", "voice": "a voice of ours", "avatarId": "anna"}


def routes_of(provider: Provider, mode: str, options: JSONObject, today: date = BEFORE_RETIREMENT) -> list[Route]:
    return [route for route in provider.routes if serves(route, mode=mode, options=options, today=today)]


def parameters_of(provider: Provider, route: Route, validated: ValidatedRequest) -> JSONObject:
    seed = validated.options.get("seed", SEED)
    assert isinstance(seed, int)
    return upstream_parameters(provider, route, validated.content, validated.options, seed=seed)


# Every option value is translated, reported or refused.


@dataclass(frozen=True)
class Case:
    provider: Provider
    mode: str
    option: str
    value: JSON

    def __str__(self) -> str:
        return f"{self.provider.id}, {self.mode}, {self.option} = {self.value}"


def values_of(provider: Provider, name: str) -> list[JSON]:
    option = provider.options[name]
    if option.allowed is not None:
        return list(option.allowed)
    if option.type is OptionType.BOOLEAN:
        return [True, False]
    numbers = [option.minimum, option.maximum, option.default]
    if option.type is OptionType.STRING:
        return [TEXTS.get(name, "noir"), *([option.default] if option.default is not None else [])]
    return [int(value) if float(value).is_integer() else value for value in numbers if isinstance(value, int | float)]


def cases() -> Iterator[Case]:
    for provider in CATALOGUE.providers:
        for mode in provider.modes:
            for name in provider.options:
                for value in values_of(provider, name):
                    yield Case(provider, mode, name, value)


CASES = list(cases())


def at(parameters: JSON, path: str) -> JSON:
    for name in path.split("."):
        parameters = parameters[name] if isinstance(parameters, dict) else None
    return parameters


def is_translated(case: Case, route: Route, validated: ValidatedRequest, parameters: JSONObject) -> bool:
    """Whether the value selects the route, appears in the parameters, or is what the model does anyway."""
    name, value = case.option, validated.options[case.option]
    word = route.value_map.get(name, {}).get(value_key(value), value)
    path, supported = route.fields.get(name), route.supported.get(name)
    selects = name in route.when and not isinstance(route.when[name], Range)
    appears = path is not None and path != "" and at(parameters, path) == word
    templated = any(
        name in PLACEHOLDER.findall(template) and str(word) in str(at(parameters, path))
        for path, template in route.templates.items()
    )
    suffixed = name in route.prompt_suffixes and (word == "" or str(word) in str(parameters))
    needs_nothing = path == "" and (
        route.backend == "local" or (value in supported if isinstance(supported, tuple) else name == "language")
    )
    sized = name in ("width", "height", "aspectRatio") and has_size(route, validated, parameters)
    return selects or appears or templated or suffixed or needs_nothing or sized or name in ("model", "version")


def has_size(route: Route, validated: ValidatedRequest, parameters: JSONObject) -> bool:
    """Whether the parameters have a size of the requested shape, or its class; the size itself if it was requested."""
    width, height = validated.options.get("width"), validated.options.get("height")
    tier = SIZE_TIER in route.fields and at(parameters, route.fields[SIZE_TIER]) in ("1K", "2K", "4K")
    sent = [at(parameters, route.fields[side]) for side in ("width", "height") if route.fields.get(side)]
    texts = [str(at(parameters, path)) for path, template in route.templates.items() if "{width}" in template]
    sides = sent or [int(side) for text in texts for side in re.findall(r"\d+", text)]
    if tier or not {"width", "height"} & validated.requested:
        return tier or (len(sides) == 2 and abs(sides[0] / sides[1] - width / height) < 0.05)  # type: ignore[operator]
    requested = {side: validated.options[side] for side in ("width", "height") if side in validated.requested}
    return len(sides) == 2 and all(value in sides for value in requested.values())


@pytest.mark.parametrize("provider", CATALOGUE.providers, ids=lambda provider: provider.id)
def test_every_option_value_is_translated_or_reported_on_every_route_that_serves_it(provider: Provider) -> None:
    lost = []
    for case in (case for case in CASES if case.provider is provider):
        validated = validate_request(provider, CONTENT[case.mode], {case.option: case.value})
        for route in routes_of(provider, case.mode, validated.options):
            reported = {one.field: one for one in adjustments_of_requested(provider, route, validated)}
            parameters = parameters_of(provider, route, validated)
            note = reported.get(f"options.{case.option}")
            if note is not None:
                assert note.used != validated.options[case.option]
            elif case.option in validated.options and not is_translated(case, route, validated, parameters):
                lost.append(f"{case} on {route.backend} {route.model}")

    assert lost == []


@pytest.mark.parametrize("provider", CATALOGUE.providers, ids=lambda provider: provider.id)
def test_every_content_field_is_translated_or_reported_on_every_route_that_serves_it(provider: Provider) -> None:
    samples: JSONObject = {"text": "a fox", "images": [URL], "title": "Fox", "lyrics": "La la la"}
    for mode in provider.modes:
        for name in provider.content:
            content = {**CONTENT[mode], name: samples.get(name, URL)}
            validated = validate_request(provider, content, {})
            for route in routes_of(provider, request_mode(provider.type, validated.content), validated.options):
                reported = {one.field for one in adjustments_of_requested(provider, route, validated)}
                text = parameters_of(provider, route, validated)
                is_used = name in media_fields(route) or str(content[name]) in str(text) or route.backend == "local"
                assert is_used != (f"input.{name}" in reported), f"{name} in {mode} on {route.backend} {route.model}"


@pytest.mark.parametrize("provider", CATALOGUE.providers, ids=lambda provider: provider.id)
def test_every_mode_with_default_options_has_a_route_today_that_sends_its_inputs(provider: Provider) -> None:
    for mode in provider.modes:
        validated = validate_request(provider, CONTENT[mode], {})
        assert request_mode(provider.type, validated.content) == mode

        routes = routes_of(provider, mode, validated.options, TODAY)
        assert routes, mode
        for route in routes:
            media = {name for name in ("image", "images", "video", "audio") if name in validated.content}
            assert route.backend == "local" or media <= media_fields(route).keys(), f"{mode} on {route.model}"


def test_values_that_no_upstream_makes_have_no_route() -> None:
    refused = {
        str(case)
        for case in CASES
        if not routes_of(
            case.provider,
            case.mode,
            validate_request(case.provider, CONTENT[case.mode], {case.option: case.value}).options,
        )
    }

    assert refused == {
        # motion transfer has up to 720 lines, and Hailuo I2V needs an image
        "seedance, motion-transfer, resolution = 1080p",
        "minimax, text-to-video, model = hailuo-i2v",
        # there is no text or reference model of this tier
        "kling, reference-to-video, mode = master",
    }


@pytest.mark.parametrize("provider", CATALOGUE.providers, ids=lambda provider: provider.id)
def test_what_a_route_replaces_is_reported_and_priced_as_it_is_bought(provider: Provider) -> None:
    rate = provider.rates[-1]
    priced = {*(rate.multipliers or {}), *(["duration"] if rate.kind == "per_second" else [])}
    for case in (case for case in CASES if case.provider is provider):
        validated = validate_request(provider, CONTENT[case.mode], {case.option: case.value})
        for route in routes_of(provider, case.mode, validated.options):
            bought = with_used_options(provider, route, validated)
            adjustments = adjustments_of_requested(provider, route, validated) + adjustments_of_defaults(
                provider, route, validated
            )
            reported = {one.field: (one.requested, one.used) for one in adjustments}
            for name, value in validated.options.items():
                if name in fields_with_effect(route) and bought.options[name] != value:
                    assert reported[f"options.{name}"] == (value, bought.options[name]), f"{case} on {route.model}"
            for name in priced & route.supported.keys():
                rule = route.supported[name]
                assert isinstance(rule, tuple)
                assert bought.options.get(name) in (None, *rule), f"{case} on {route.model}"


def test_every_advertised_value_is_served_in_some_mode() -> None:
    served = {
        (case.provider.id, case.option, case.value)
        for case in CASES
        for validated in [validate_request(case.provider, CONTENT[case.mode], {case.option: case.value})]
        if routes_of(case.provider, case.mode, validated.options, TODAY)
    }

    assert {(case.provider.id, case.option, case.value) for case in CASES} - served == set()


VENDORS: Mapping[str, str] = {  # of upstream models, by a part of their names
    "wan": "Wan Technology",
    "kling|kwaivgi": "Kuaishou Technology",
    "heygen": "HeyGen",
    "veo|imagen": "Google DeepMind",
    "gemini|nano-banana": "Google AI",
    "wavenet": "Google",
    "flux": "Black Forest Labs",
    "hailuo|minimax": "Minimax Technology",
    "seedance|seedream": "ByteDance",
    "ray-": "Luma AI",
    "gen-?4": "Runway ML",
    "qwen": "Alibaba Cloud",
    "eleven": "ElevenLabs",
    "vidu": "Vidu AI",
    "stable-diffusion": "Stability AI",
    "gpt-image": "OpenAI",
    "^V5$": "Suno",
}


def test_a_route_to_a_model_of_another_vendor_names_it() -> None:
    foreign = set()
    for provider in CATALOGUE.providers:
        for route in (route for route in provider.routes if route.backend != "local"):
            model = "heygen" if route.backend == "heygen" else str(route.model)
            vendors = {vendor for part, vendor in VENDORS.items() if re.search(part, model, re.IGNORECASE)}
            assert vendors, model
            if provider.vendor not in vendors:
                foreign.add(provider.id)
                assert route.substitute is not None, f"{provider.id} on {route.backend} {route.model}"

    assert foreign == {"seedance", "hedra", "google-tts"}


@pytest.mark.parametrize(
    "sides", [(64, 64), (3840, 64), (64, 3840), (3840, 3840), (1000, 1500), (816, 808), (2888, 2872)]
)
def test_openai_gets_a_size_that_it_has(sides: tuple[int, int]) -> None:
    route, validated = first_route("gpt-image-2", "openai", FOX, {"width": sides[0], "height": sides[1]})

    size = str(parameters_of(CATALOGUE.get("gpt-image-2"), route, validated)["size"])
    width, height = (int(side) for side in size.split("x"))

    assert width % 16 == height % 16 == 0
    assert 655_360 <= width * height <= 8_294_400
    assert max(width, height) <= 3840
    assert max(width, height) <= 3 * min(width, height)


def test_the_price_of_several_images_is_only_taken_where_several_are_made() -> None:
    for provider in CATALOGUE.of_type(GenerationType.IMAGE):
        for mode in provider.modes:
            validated = validate_request(provider, CONTENT[mode], {"n": 3})
            for route in routes_of(provider, mode, validated.options):
                assert route.backend == "local" or at(parameters_of(provider, route, validated), route.fields["n"]) == 3


def test_a_route_is_not_used_from_the_day_on_that_its_model_retires() -> None:
    veo = CATALOGUE.get("veo3")
    options = validate_request(veo, CONTENT["text-to-video"], {}).options

    before = [route.model for route in routes_of(veo, "text-to-video", options, date(2026, 11, 16))]
    after = [route.model for route in routes_of(veo, "text-to-video", options, date(2026, 11, 17))]

    assert before[0] == "veo-3.1-generate-001"
    assert after == before[1:]


@pytest.mark.parametrize(
    ("type_", "content", "mode"),
    [
        (GenerationType.IMAGE, {"text": "a"}, "text-to-image"),
        (GenerationType.IMAGE, {"image": URL}, "image-to-image"),
        (GenerationType.IMAGE, {"image": URL, "images": [URL]}, "reference-to-image"),
        (GenerationType.IMAGE, {"text": "a", "images": []}, "text-to-image"),
        (GenerationType.VIDEO, {"image": URL, "images": [URL]}, "image-to-video"),
        (GenerationType.VIDEO, {"images": [URL]}, "reference-to-video"),
        (GenerationType.VIDEO, {"video": URL}, "video-to-video"),
        (GenerationType.VIDEO, {"video": URL, "image": URL}, "motion-transfer"),
        (GenerationType.AVATAR, {"text": "a", "audio": URL}, "text-to-avatar"),
        (GenerationType.AVATAR, {"image": URL, "audio": URL}, "audio-to-avatar"),
        (GenerationType.MUSIC, {"text": "a", "lyrics": "la"}, "lyrics-to-music"),
    ],
)
def test_the_mode_follows_from_the_inputs(type_: GenerationType, content: JSONObject, mode: str) -> None:
    assert request_mode(type_, content) == mode


def test_more_images_than_fal_makes_at_a_time_are_made_elsewhere() -> None:
    seedream = CATALOGUE.get("seedream-4-5")
    backends = {
        n: {
            route.backend
            for route in routes_of(seedream, "text-to-image", validate_request(seedream, FOX, {"n": n}).options)
        }
        for n in (1, 6, 7, 10)
    }

    assert backends == {1: {"ark", "fal", "apixo"}, 6: {"fal", "apixo"}, 7: {"apixo"}, 10: {"apixo"}}


# The exact parameters of important routes, from the vendors' documentation.


def first_route(name: str, backend: str, content: JSONObject, options: JSONObject) -> tuple[Route, ValidatedRequest]:
    provider = CATALOGUE.get(name)
    validated = validate_request(provider, content, options)
    mode = request_mode(provider.type, validated.content)
    routes = routes_of(provider, mode, validated.options)
    return next(route for route in routes if route.backend == backend), validated


FOX: JSONObject = {"text": "a fox"}
FOX_IMAGE: JSONObject = {"text": "a fox", "image": URL}
GOLDEN: list[tuple[str, str, JSONObject, JSONObject, str, JSONObject, Mapping[str, str]]] = [
    (
        "kling",
        "kling",
        FOX,
        {"duration": 10, "aspectRatio": "9:16", "negativePrompt": "rain", "style": "noir"},
        "kling-v2-1-master",
        {"prompt": "a fox, noir style", "duration": "10", "aspect_ratio": "9:16", "negative_prompt": "rain"},
        {},
    ),
    (
        "kling",
        "kling",
        FOX_IMAGE,
        {"model": "1.6", "mode": "pro", "extra": {"cfg_scale": 0.7, "unknown": 1}},
        "kling-v1-6",
        {"prompt": "a fox", "duration": "5", "mode": "pro", "cfg_scale": 0.7},
        {"image": "image"},
    ),
    (
        "kling",
        "fal",
        FOX_IMAGE,
        {"duration": 10, "motionIntensity": "high"},
        "fal-ai/kling-video/v2.1/standard/image-to-video",
        {"prompt": "a fox, with strong motion", "duration": "10"},
        {"image": "image_url"},
    ),
    (
        "kling",
        "replicate",
        {"image": URL},
        {"mode": "pro"},
        "kwaivgi/kling-v2.1",
        {"prompt": "Natural motion.", "duration": 5, "mode": "pro"},
        {"image": "start_image"},
    ),
    (
        "flux-pro",
        "bfl",
        FOX,
        {"width": 1000, "height": 768, "version": "flux-pro-1.1", "seed": 3},
        "flux-pro-1.1",
        {"prompt": "a fox", "width": 992, "height": 768, "seed": 3, "output_format": "png"},
        {},
    ),
    (
        "flux-pro",
        "fal",
        FOX,
        {"n": 2, "quality": "high", "format": "jpeg"},
        "fal-ai/flux-pro/new",
        {
            "prompt": "a fox",
            "image_size": {"width": 1024, "height": 1024},
            "num_images": 2,
            "seed": 7,
            "output_format": "jpeg",
            "num_inference_steps": 40,
        },
        {},
    ),
    (
        "flux-pro",
        "bfl",
        FOX,
        {"width": 2048, "height": 1152},
        "flux-pro-1.1-ultra",
        {"prompt": "a fox", "aspect_ratio": "16:9", "seed": 7, "output_format": "png"},
        {"image": "image_prompt"},
    ),
    (
        "flux-kontext",
        "fal",
        {"text": "a fox", "image": URL, "images": [URL]},
        {"mode": "max"},
        "fal-ai/flux-pro/kontext/max/multi",
        {"prompt": "a fox", "num_images": 1, "seed": 7, "output_format": "png"},
        {"image": "image_urls", "images": "image_urls"},
    ),
    (
        "gpt-image-2",
        "openai",
        FOX,
        {"width": 1000, "height": 1500, "quality": "high", "n": 2, "format": "webp"},
        "gpt-image-2",
        {"prompt": "a fox", "size": "992x1504", "quality": "high", "n": 2, "output_format": "webp"},
        {"image": "image", "images": "image"},
    ),
    (
        "nano-banana-2",
        "google",
        FOX,
        {"width": 3840, "height": 2160},
        "gemini-3.1-flash-image",
        {
            "prompt": "a fox",
            "generationConfig": {"imageConfig": {"aspectRatio": "16:9", "imageSize": "2K"}, "seed": 7},
        },
        {"image": "image", "images": "images"},
    ),
    (
        "veo3",
        "google",
        FOX_IMAGE,
        {"duration": 8, "silent": True, "resolution": "720p", "negativePrompt": "rain"},
        "veo-3.1-generate-001",
        {
            "prompt": "a fox",
            "parameters": {
                "durationSeconds": 8,
                "aspectRatio": "16:9",
                "resolution": "720p",
                "generateAudio": False,
                "negativePrompt": "rain",
                "seed": 7,
                "sampleCount": 1,
            },
        },
        {"image": "image"},
    ),
    (
        "veo3",
        "fal",
        FOX,
        {"mode": "fast"},
        "fal-ai/veo3.1/fast",
        {
            "prompt": "a fox",
            "duration": "6s",
            "aspect_ratio": "16:9",
            "resolution": "1080p",
            "generate_audio": True,
            "seed": 7,
        },
        {},
    ),
    (
        "runway",
        "runway",
        FOX_IMAGE,
        {"duration": 10, "aspectRatio": "1:1", "model": "gen-3"},
        "gen4.5",
        {"promptText": "a fox", "duration": 10, "ratio": "960:960", "seed": 7},
        {"image": "promptImage"},
    ),
    (
        "luma",
        "luma",
        FOX_IMAGE,
        {"resolution": "1080p", "aspectRatio": "21:9"},
        "ray-2",
        {"prompt": "a fox", "duration": "5s", "aspect_ratio": "21:9", "resolution": "1080p"},
        {"image": "keyframes.frame0"},
    ),
    (
        "seedance-2",
        "ark",
        {"text": "a fox", "images": [URL]},
        {"duration": 8, "aspectRatio": "4:3", "silent": True},
        "dreamina-seedance-2-0-260128",
        {
            "prompt": "a fox",
            "duration": 8,
            "ratio": "4:3",
            "resolution": "720p",
            "generate_audio": False,
            "seed": 7,
            "watermark": False,
        },
        {"images": "reference_image"},
    ),
    (
        "seedream-4-5",
        "ark",
        FOX,
        {"width": 1280, "height": 720},
        "seedream-4-5-251128",
        {"prompt": "a fox", "size": "2560x1440", "seed": 7, "watermark": False},
        {"image": "image", "images": "image"},
    ),
    (
        "minimax",
        "minimax",
        FOX_IMAGE,
        {"resolution": "1080p"},
        "MiniMax-Hailuo-02",
        {"prompt": "a fox", "duration": 6, "resolution": "1080P"},
        {"image": "first_frame_image"},
    ),
    (
        "wan",
        "dashscope",
        FOX,
        {"aspectRatio": "9:16", "resolution": "1080p"},
        "wan2.2-t2v-plus",
        {"prompt": "a fox", "size": "1080*1920", "seed": 7},
        {},
    ),
    (
        "elevenlabs",
        "elevenlabs",
        {"text": "Hello."},
        {"model": "eleven_v3", "emotion": "excited", "speed": 1.1, "language": "de"},
        "eleven_v3",
        {
            "text": "[excited] Hello.",
            "language_code": "de",
            "voice_settings": {"speed": 1.1},
            "format": "mp3",
            "seed": 7,
        },
        {},
    ),
    (
        "google-tts",
        "google",
        {"text": "Hello."},
        {"speed": 1.5, "format": "wav"},
        "wavenet",
        {
            "prompt": "Hello.",
            "voice": {"name": "en-US-Neural2-C"},
            "audioConfig": {"speakingRate": 1.5, "audioEncoding": "LINEAR16"},
        },
        {},
    ),
    (
        "heygen",
        "heygen",
        {"text": "Hello."},
        {"avatarId": "kate", "voice": "v1", "gesture": "friendly", "aspectRatio": "9:16", "speed": 1.2},
        "avatar",
        {
            "type": "avatar",
            "script": "Hello.",
            "avatar_id": "kate",
            "voice_id": "v1",
            "voice_settings": {"speed": 1.2},
            "aspect_ratio": "9:16",
            "resolution": "720p",
            "motion_prompt": "friendly",
        },
        {},
    ),
    (
        "seedance-2",
        "fal",
        FOX_IMAGE,
        {"duration": 8, "silent": True},
        "bytedance/seedance-2.0/image-to-video",
        {"prompt": "a fox", "duration": "8", "resolution": "720p", "generate_audio": False, "seed": 7},
        {"image": "image_url"},
    ),
    (
        "luma",
        "luma",
        FOX_IMAGE,
        {"model": "ray-3.2", "resolution": "1080p", "extra": {"video.loop": True}},
        "ray-3.2",
        {
            "prompt": "a fox",
            "aspect_ratio": "16:9",
            "video": {"duration": "5s", "resolution": "1080p", "loop": True},
        },
        {"image": "video.start_frame"},
    ),
    (
        "minimax",
        "minimax",
        FOX,
        {"model": "h3", "aspectRatio": "9:16"},
        "MiniMax-H3",
        {"prompt": "a fox", "duration": 5, "resolution": "768P", "ratio": "9:16"},
        {},
    ),
    (
        "minimax",
        "fal",
        FOX_IMAGE,
        {"model": "h3", "resolution": "1080p"},
        "minimax/h3/image-to-video",
        {"prompt": "a fox", "duration": 5, "resolution": "2K"},
        {"image": "image_url"},
    ),
    (
        "seedream-4-5",
        "apixo",
        FOX,
        {"width": 3840, "height": 2160},
        "seedream-4-5",
        {
            "mode": "text-to-image",
            "prompt": "a fox",
            "aspect_ratio": "16:9",
            "resolution": "2K",
            "max_images": 1,
            "sequential_image_generation": "disabled",
        },
        {},
    ),
    (
        "seedream-4-5",
        "apixo",
        {"text": "a fox", "images": [URL, URL]},
        {"width": 2048, "height": 2048, "n": 10, "sequential": True},
        "seedream-4-5",
        {
            "mode": "image-to-image",
            "prompt": "a fox",
            "aspect_ratio": "1:1",
            "resolution": "2K",
            "max_images": 10,
            "sequential_image_generation": "auto",
        },
        {"image": "image_urls", "images": "image_urls"},
    ),
    (
        "seedance-2",
        "omnivideo",
        FOX_IMAGE,
        {"aspectRatio": "9:16"},
        "seedance-2",
        {"prompt": "a fox", "aspect_ratio": "9:16"},
        {"image": "image_urls", "images": "image_urls"},
    ),
    (
        "suno",
        "kie",
        {"text": "slow jazz", "lyrics": "La la la", "title": "Rain"},
        {"style": "noir"},
        "V5",
        {"prompt": "La la la", "style": "noir, slow jazz", "title": "Rain", "customMode": True, "instrumental": False},
        {},
    ),
]


@pytest.mark.parametrize(
    ("name", "backend", "content", "options", "model", "parameters", "media"),
    GOLDEN,
    ids=[f"{case[0]} on {case[1]}, {index}" for index, case in enumerate(GOLDEN)],
)
def test_the_parameters_are_what_the_vendor_documents(
    name: str,
    backend: str,
    content: JSONObject,
    options: JSONObject,
    model: str,
    parameters: JSONObject,
    media: Mapping[str, str],
) -> None:
    route, validated = first_route(name, backend, content, options)

    assert route.model == model
    assert parameters_of(CATALOGUE.get(name), route, validated) == parameters
    assert media_fields(route) == media


# What is reported.


def reports(name: str, backend: str, content: JSONObject, options: JSONObject) -> dict[str, tuple[Any, Any]]:
    route, validated = first_route(name, backend, content, options)
    found = adjustments_of_requested(CATALOGUE.get(name), route, validated)
    return {str(one.field): (one.requested, one.used) for one in found}


@pytest.mark.parametrize(
    ("name", "backend", "content", "options", "reported"),
    [
        ("minimax", "fal", FOX, {"duration": 5}, {"options.duration": (5, 6)}),
        ("minimax", "fal", FOX, {}, {}),
        ("kling", "kling", FOX, {"aspectRatio": "21:9"}, {"options.aspectRatio": ("21:9", "16:9")}),
        ("kling", "kling", FOX, {"aspectRatio": "3:4"}, {"options.aspectRatio": ("3:4", "9:16")}),
        ("kling", "kling", FOX, {"silent": False}, {"options.silent": (False, True)}),
        ("kling", "kling", FOX, {"seed": 5}, {"options.seed": (5, None)}),
        ("kling", "kling", FOX_IMAGE, {"resolution": "1080p"}, {"options.resolution": ("1080p", "720p")}),
        ("runway", "runway", FOX, {"model": "gen-2"}, {"options.model": ("gen-2", "gen4")}),
        ("seedream-4-5", "ark", FOX, {"width": 1024}, {"options.width": (1024, 1920)}),
        ("flux-pro", "bfl", FOX, {"width": 1000}, {"options.width": (1000, 992)}),
        ("flux-pro", "bfl", FOX, {"format": "webp", "style": "noir"}, {"options.format": ("webp", "png")}),
        ("elevenlabs", "elevenlabs", {"text": "a"}, {"speed": 2.0}, {"options.speed": (2, 1.2)}),
        ("elevenlabs", "elevenlabs", {"text": "a"}, {"emotion": "sad"}, {"options.emotion": ("sad", None)}),
        (
            "kling",
            "kling",
            {**FOX_IMAGE, "images": [URL]},
            {"extra": {"cfg_scale": 1, "x": 2}},
            {"input.images": ([URL], None), "options.extra.x": (2, None)},
        ),
    ],
)
def test_what_a_route_cannot_do_is_reported(
    name: str, backend: str, content: JSONObject, options: JSONObject, reported: dict[str, tuple[Any, Any]]
) -> None:
    assert reports(name, backend, content, options) == reported


def test_an_edit_has_the_shape_of_its_image_unless_the_request_gives_one() -> None:
    def size(options: JSONObject, content: JSONObject = FOX_IMAGE) -> JSON:
        route, validated = first_route("gpt-image-2", "openai", content, options)
        return parameters_of(CATALOGUE.get("gpt-image-2"), route, validated).get("size")

    assert size({}) is None
    assert size({}, FOX) == "1024x1024"
    assert size({"aspectRatio": "1:1"}) == "1024x1024"
    assert size({"width": 2048}) == "2048x1024"
    assert reports("gpt-image-2", "openai", FOX_IMAGE, {"width": 1024}) == {"options.width": (1024, None)}


def test_a_report_does_not_repeat_the_bytes_of_an_input() -> None:
    huge = "data:image/png;base64," + "A" * 1_000_000

    found = reports("kling", "kling", {**FOX_IMAGE, "images": [huge]}, {"extra": {"k" * 5000: "v" * 4000}})

    assert len(str(found)) < 1000
