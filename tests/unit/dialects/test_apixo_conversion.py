"""Tasks of APIXO become requests, and fields of `generate` become fields of tasks."""

from collections.abc import Mapping

import pytest

from dialects.apixo.requests import input_model, published_field, to_request
from dialects.apixo_inputs.seedream import SIZES
from generations.generation import Routing
from generations.requests.generation_request import GenerationRequest
from kit.errors import InvalidInput
from providers.catalogue import load_catalogue
from webhooks.event import MessageFormat

CATALOGUE = load_catalogue()
PIXELS = range(3_686_400, 16_777_216 + 1)
"""The sizes that the upstream has."""


def request_of(model: str, fields: Mapping[str, object], *, callback_url: str | None = None) -> GenerationRequest:
    given = input_model(CATALOGUE.get(model)).model_validate(fields)
    return to_request(CATALOGUE.get(model), given, callback_url=callback_url, routing=Routing.AUTO)


@pytest.mark.parametrize("resolution", list(SIZES))
def test_the_upstream_has_every_published_size(resolution: str) -> None:
    assert all(
        width * height in PIXELS and width % 8 == height % 8 == 0 for width, height in SIZES[resolution].values()
    )


@pytest.mark.parametrize(
    ("images", "content"),
    [([], {}), (["a"], {"image": "a"}), (["a", "b"], {"images": ["a", "b"]})],
)
def test_one_image_is_edited_and_several_are_references(images: list[str], content: dict[str, object]) -> None:
    assert request_of("seedream-4-5", {"prompt": "a fox", "image_urls": images}).input == {"text": "a fox", **content}


def test_a_callback_has_a_format_of_its_own() -> None:
    called = request_of("seedream-4-5", {"prompt": "a fox"}, callback_url="https://example.com/hook")

    assert (called.webhook_url, called.webhook_format) == ("https://example.com/hook", MessageFormat.APIXO)
    assert request_of("seedream-4-5", {"prompt": "a fox"}).webhook_format is None


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({"resolution": "1K"}, (1024, 1024)),
        ({"resolution": "2k", "aspect_ratio": "16:9"}, (2728, 1536)),
        ({"resolution": "4K", "aspect_ratio": "9:16"}, (2304, 4096)),
        ({"resolution": "2K", "aspect_ratio": "auto"}, (2048, 2048)),
    ],
)
def test_a_resolution_of_another_model_is_an_area(fields: dict[str, str], size: tuple[int, int]) -> None:
    options = request_of("nano-banana-2", {"prompt": "a fox", **fields}).options

    assert options is not None
    assert (options["width"], options["height"]) == size


def test_a_custom_song_has_lyrics_and_a_style() -> None:
    song = {
        "mode": "V5",
        "customMode": True,
        "prompt": "La la",
        "style": "folk",
        "title": "Sea",
        "negativeTags": "metal",
    }

    assert request_of("suno", song).input == {"text": "folk", "lyrics": "La la", "title": "Sea"}
    described = request_of("suno", {"mode": "V5", "customMode": False, "instrumental": True, "prompt": "a sea song"})
    assert described.input == {"text": "a sea song"}
    assert described.options == {"instrumental": True}


@pytest.mark.parametrize(
    ("fields", "content", "options"),
    [
        (
            {"customMode": True, "instrumental": True, "title": "Sea", "style": "folk"},
            {"text": "Sea, folk", "title": "Sea"},
            {"instrumental": True},
        ),
        (
            {"customMode": True, "prompt": "La la", "style": "folk", "title": "Sea", "vocalGender": "f"},
            {"text": "folk, female vocals", "lyrics": "La la", "title": "Sea"},
            {},
        ),
        (
            {"mode": "V4_5", "prompt": "a sea song", "vocalGender": "m", "styleWeight": 0.5, "audioWeight": 1},
            {"text": "a sea song"},
            {"style": "male vocals"},
        ),
    ],
)
def test_every_published_field_of_a_song_is_taken(
    fields: dict[str, object], content: dict[str, object], options: dict[str, object]
) -> None:
    request = request_of("suno", fields)

    assert (request.input, request.options) == (content, options)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"customMode": True, "prompt": "La la", "title": "Sea"}, "input.style"),
        ({"customMode": True, "prompt": "La la", "style": "folk"}, "input.title"),
        ({"customMode": True, "title": "Sea", "style": "folk"}, "input.prompt"),
        ({"instrumental": True, "title": "Sea", "style": "folk"}, "input.prompt"),
    ],
)
def test_a_song_needs_the_published_fields(fields: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        request_of("suno", fields)

    assert refused.value.message == f"Missing required field: {field}"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"prompt": "a" * 501}, "input.prompt"),
        ({"mode": "V4", "customMode": True, "prompt": "a" * 3001, "style": "a", "title": "a"}, "input.prompt"),
        ({"customMode": True, "prompt": "a" * 5001, "style": "a", "title": "a"}, "input.prompt"),
        ({"mode": "V4", "prompt": "a", "style": "a" * 201}, "input.style"),
        ({"prompt": "a", "style": "a" * 1001}, "input.style"),
    ],
)
def test_the_texts_of_a_song_have_the_published_lengths(fields: dict[str, object], field: str) -> None:
    longest = {name: value[:-1] if f"input.{name}" == field else value for name, value in fields.items()}  # type: ignore[index]
    request_of("suno", longest)
    with pytest.raises(InvalidInput) as refused:
        request_of("suno", fields)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({}, {}),
        ({"resolution": "2K"}, {}),
        ({"resolution": "4K"}, {"width": 4096, "height": 4096}),
        ({"aspect_ratio": "1:1"}, {"width": 2048, "height": 2048}),
    ],
)
def test_an_edit_keeps_the_shape_of_its_image_unless_a_size_is_given(
    fields: dict[str, object], size: dict[str, int]
) -> None:
    request = request_of("seedream-4-5", {"prompt": "a", "image_urls": ["a"], **fields})

    assert request.options == {"n": 1, **size}


@pytest.mark.parametrize(
    ("model", "fields", "content", "options"),
    [
        ("seedance-2", {"mode": "first_and_last_frames", "image_urls": ["a"]}, {"image": "a"}, {}),
        ("seedance-2", {"mode": "omni_reference", "image_urls": ["a"]}, {"images": ["a"]}, {}),
        ("veo3", {"mode": "fast", "generationType": "TEXT_2_VIDEO"}, {}, {"mode": "fast"}),
        ("vidu", {"mode": "turbo-text-to-video"}, {}, {}),
        ("kling", {"mode": "pro", "image_urls": ["a"]}, {"image": "a"}, {"mode": "pro"}),
        ("vidu", {"movement": "large", "seed": -1, "bgm": True}, {}, {"motionIntensity": "high"}),
        ("vidu", {"movement": "auto", "seed": 3, "sound": False, "video_urls": []}, {}, {"seed": 3, "silent": True}),
        ("wan", {"enable_prompt_expansion": True, "web_search": False}, {}, {}),
    ],
)
def test_the_modes_of_videos_say_what_the_images_are(
    model: str, fields: dict[str, object], content: dict[str, object], options: dict[str, object]
) -> None:
    request = request_of(model, {"prompt": "a fox", **fields})

    assert (request.input, request.options) == ({"text": "a fox", **content}, options)


@pytest.mark.parametrize(
    "fields",
    [
        {"mode": "image-to-video"},
        {"mode": "omni_reference", "image_urls": []},
        {"mode": "text-to-video", "image_urls": ["a"]},
        {"mode": "fast", "generationType": "REFERENCE_2_VIDEO"},
        {"mode": "first_and_last_frames", "image_urls": ["a", "b"]},
    ],
)
def test_images_that_do_not_fit_the_mode_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        request_of("seedance-2", {"prompt": "a fox", **fields})

    assert refused.value.field == "input.image_urls"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "input.prompt"),
        ({"prompt": "a", "mode": "image-to-image"}, "input.image_urls"),
        ({"prompt": "a", "mode": "text-to-image", "image_urls": ["a"]}, "input.image_urls"),
        ({"prompt": "a", "resolution": "5K"}, "input.resolution"),
    ],
)
def test_what_is_missing_or_contradicts_is_named(fields: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        request_of("nano-banana-2", fields)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("input.input.text", "input.prompt"),
        ("input.input.image", "input.image_urls.0"),
        ("input.input.images.3", "input.image_urls.3"),
        ("input.options.n", "input.max_images"),
        ("input.options.seed", "input.seed"),
        ("input.options.silent", "input.sound"),
        ("input.options.fixedLens", "input.fixed_lens"),
        ("input.webhookUrl", "callback_url"),
        ("input.idempotencyKey", "Idempotency-Key"),
        ("provider", "provider"),
    ],
)
def test_errors_name_the_fields_of_a_task(path: str, field: str) -> None:
    assert published_field(path) == field
