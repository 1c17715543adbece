"""Resolution of options and content: snapping, spelling, defaults and errors."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import InvalidInput
from providers.backend import JSON, JSONObject
from providers.catalogue import Option, OptionType, Provider, load_catalogue, typical_request, validate_request

CATALOGUE = load_catalogue()
TEXT: JSONObject = {"text": "a fox in the snow"}
IMAGE = "https://example.com/fox.jpg"
SPOKEN: JSONObject = {**TEXT, "voice": "en-US-neural"}
SHORT: JSONObject = {"duration": 5, "aspectRatio": "16:9"}
SQUARE: JSONObject = {"width": 1024, "height": 1024}
# Published samples: provider, content, options.
SAMPLES: list[tuple[str, JSONObject, JSONObject]] = [
    ("kling", TEXT, {"duration": 5, "aspectRatio": "16:9", "mode": "pro"}),
    ("kling", TEXT, {"duration": 10, "aspectRatio": "16:9", "mode": "pro"}),
    *((name, TEXT, SHORT) for name in ("minimax", "veo3", "runway", "seedance", "wan", "vidu")),
    ("minimax", TEXT, {"duration": 10, "resolution": "1080p", "style": "cinematic"}),
    ("runway", {**TEXT, "image": IMAGE}, {"motionIntensity": "high", "model": "gen-3"}),
    ("runway-i2v", {"image": IMAGE}, {"duration": 5, "motionIntensity": "medium"}),
    ("luma", TEXT, {"duration": 9}),
    *((name, TEXT, SQUARE) for name in ("flux-dev", "flux-ultra", "flux-kontext", "flux-krea", "stable-diffusion")),
    ("flux-pro", TEXT, {**SQUARE, "version": "flux-pro-1.1", "quality": "high"}),
    ("flux-ultra", TEXT, {"aspectRatio": "16:9", "quality": "ultra", "seed": 42}),
    ("hedra", {**TEXT, "avatarId": "professional-1"}, {"voice": "en-US-neural"}),
    (
        "heygen",
        {**TEXT, "voice": "professional_female"},
        {"avatarId": "kate", "background": "modern_office", "gesture": "friendly"},
    ),
    ("elevenlabs", TEXT, {"voice": "rachel", "emotion": "excited", "speed": 1.0}),
    ("elevenlabs", SPOKEN, {"speed": 1.0}),
    ("google-tts", SPOKEN, {"speed": 1.0}),
]
SNAPPED_DURATIONS = {"minimax": 10, "luma": 9, "vidu": 5}
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
ANYTHING: st.SearchStrategy[JSON] = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


def get_provider(name: str) -> Provider:
    return CATALOGUE.get(name)


def resolve_error(name: str, content: JSONObject, options: JSONObject) -> InvalidInput:
    with pytest.raises(InvalidInput) as error:
        validate_request(get_provider(name), content, options)
    return error.value


@pytest.mark.parametrize(("name", "content", "options"), SAMPLES)
def test_published_samples_are_accepted_unchanged(name: str, content: JSONObject, options: JSONObject) -> None:
    validated = validate_request(get_provider(name), content, options)

    snapped = {"options.duration"} if options.get("duration") == SNAPPED_DURATIONS.get(name, math.nan) else set()
    assert {adjustment.field for adjustment in validated.adjustments} == snapped
    unchanged = {key: value for key, value in options.items() if f"options.{key}" not in snapped}
    assert validated.options.items() >= unchanged.items()


@pytest.mark.parametrize(("name", "requested", "used"), [("minimax", 10, 5), ("luma", 9, 5), ("vidu", 5, 8)])
def test_an_unsupported_duration_is_snapped_with_an_adjustment(name: str, requested: int, used: int) -> None:
    validated = validate_request(get_provider(name), TEXT, {"duration": requested})

    assert validated.options["duration"] == used
    [adjustment] = validated.adjustments
    assert (adjustment.field, adjustment.requested, adjustment.used) == ("options.duration", requested, used)
    assert adjustment.reason == f"it may be {used}; the nearest was used"


@pytest.mark.parametrize(
    ("option", "requested", "used"),
    [("width", 63, 64), ("width", 8192, 4096), ("n", 5, 4), ("strength", 1.5, 1.0), ("height", 640.0, 640)],
)
def test_a_number_close_to_its_range_is_clamped(option: str, requested: float, used: float) -> None:
    assert validate_request(get_provider("flux-pro"), TEXT, {option: requested}).options[option] == used


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [
        ("kling", "duration", 300),
        ("kling", "duration", -5),
        ("kling", "duration", 0),
        ("kling", "duration", "5"),
        ("kling", "duration", True),
        ("kling", "aspectRatio", "17:3"),
        ("kling", "aspectRatio", 1.78),
        ("kling", "resolution", "4k"),
        ("kling", "silent", "no"),
        ("flux-pro", "width", 100_000),
        ("flux-pro", "width", 0),
        ("flux-pro", "width", 512.5),
        pytest.param("flux-pro", "width", 10**5000, id="too long to print"),
        ("flux-pro", "seed", -1),
        ("flux-pro", "seed", 2**31),
        ("flux-pro", "n", 100),
        ("flux-pro", "format", "gif"),
        ("flux-pro", "style", " "),
        ("flux-pro", "style", "x" * 101),
        ("elevenlabs", "speed", math.nan),
        ("elevenlabs", "speed", math.inf),
        ("elevenlabs", "speed", 10**400),
        ("elevenlabs", "voice", ["rachel"]),
        ("elevenlabs", "voice", {}),
    ],
)
def test_an_invalid_value_is_rejected_with_its_option(name: str, option: str, value: JSON) -> None:
    error = resolve_error(name, TEXT, {option: value})

    assert error.extensions["field"] == f"input.options.{option}"
    assert repr(option) in error.message
    allowed = get_provider(name).options[option].allowed
    assert error.extensions.get("allowedValues") == (list(map(str, allowed)) if allowed else None)
    assert len(error.message) < 200


def test_the_error_for_a_number_has_its_range() -> None:
    assert "64 to 4096" in resolve_error("flux-pro", TEXT, {"width": 0}).message
    assert "0 to 2147483647" in resolve_error("flux-pro", TEXT, {"seed": "42"}).message


@pytest.mark.parametrize(
    ("option", "requested", "used"),
    [
        ("aspectRatio", "16x9", "16:9"),
        ("aspectRatio", "16:9 ", "16:9"),
        ("aspectRatio", "9X16", "9:16"),
        ("resolution", "1080P", "1080p"),
        ("mode", "Pro", "pro"),
    ],
)
def test_spelling_variants_of_allowed_values_are_accepted(option: str, requested: str, used: str) -> None:
    assert validate_request(get_provider("kling"), TEXT, {option: requested}).options[option] == used


@pytest.mark.parametrize(
    ("option", "value", "suggestion"),
    [("durration", 5, "duration"), ("aspect_ratio", "16:9", "aspectRatio"), ("mode", "prro", "pro"), ("n", 1, None)],
)
def test_a_misspelled_option_or_value_gets_a_suggestion(option: str, value: JSON, suggestion: str | None) -> None:
    error = resolve_error("kling", TEXT, {option: value})

    assert error.extensions["field"] == f"input.options.{option}"
    assert error.extensions.get("suggestion") == suggestion


def test_an_unknown_option_is_rejected_with_the_available_ones() -> None:
    error = resolve_error("elevenlabs", TEXT, {"width": 512})

    allowed = ["voice", "emotion", "speed", "language", "format", "seed", "model", "extra"]
    assert error.extensions["allowedValues"] == list(map(str, allowed))


@pytest.mark.parametrize(
    ("name", "content", "field", "message"),
    [
        ("flux-pro", {}, "text", "Flux Pro needs 'text' or 'image'."),
        ("elevenlabs", {}, "text", "ElevenLabs needs 'text'."),
        ("flux-pro", {"text": " \n"}, "text", "'text' is empty."),
        ("flux-pro", {"text": 5}, "text", "'text' must be a text."),
        (
            "flux-pro",
            {"text": "x" * 10_001},
            "text",
            "'text' has 10,001 characters and Flux Pro takes at most 10,000.",
        ),
        ("elevenlabs", {"text": "x" * 5_001}, "text", "5,001 characters and ElevenLabs takes at most 5,000"),
        ("runway-i2v", {"text": "go"}, "image", "needs 'image'"),
        ("elevenlabs", {"text": "hi", "image": IMAGE}, "image", "does not work from 'image'"),
        ("flux-kontext", {"text": "x", "images": [IMAGE] * 5}, "images", "takes at most 4 pictures and 5 were given"),
        ("flux-kontext", {"text": "x", "images": []}, "images", "at least one address"),
        ("flux-kontext", {"text": "x", "images": [IMAGE, 5]}, "images.1", "must be a text"),
        ("flux-pro", {"text": "x", "voice": "rachel"}, "voice", "takes no 'voice'"),
        ("elevenlabs", {"text": "x", "voice": "x" * 101}, "voice", "at most 100"),
    ],
)
def test_invalid_content_is_rejected_with_its_field(name: str, content: JSONObject, field: str, message: str) -> None:
    error = resolve_error(name, content, {})

    assert error.extensions["field"] == f"input.input.{field}"
    assert message in error.message


def test_voice_and_avatar_are_accepted_in_content_and_options() -> None:
    in_content = validate_request(get_provider("hedra"), {**TEXT, "voice": "kate", "avatarId": "a1"}, {})
    in_options = validate_request(get_provider("hedra"), TEXT, {"voice": "kate", "avatarId": "a1"})

    assert (in_content.options, in_content.content, in_content.adjustments) == (
        in_options.options,
        in_options.content,
        (),
    )


def test_a_voice_in_options_takes_precedence_with_an_adjustment() -> None:
    validated = validate_request(get_provider("hedra"), {**TEXT, "voice": "kate"}, {"voice": "rachel"})

    assert validated.options["voice"] == "rachel"
    [adjustment] = validated.adjustments
    assert (adjustment.field, adjustment.requested, adjustment.used) == ("input.voice", "kate", "rachel")


def test_null_equals_omitted() -> None:
    validated = validate_request(
        get_provider("kling"), {**TEXT, "image": None, "voice": None}, {"duration": None, "width": None}
    )

    assert validated == validate_request(get_provider("kling"), TEXT, {})


@pytest.mark.parametrize("option", ["model", "version"])
def test_version_is_an_alias_of_model(option: str) -> None:
    validated = validate_request(get_provider("kling"), TEXT, {option: "1.6"})

    assert (validated.model, validated.options["model"]) == ("1.6", "1.6")
    assert "version" not in validated.options
    assert validate_request(get_provider("flux-pro"), TEXT, {"version": "flux-pro-1.1"}).model == "flux-pro-1.1"
    assert resolve_error("kling", TEXT, {option: "9.9"}).extensions["field"] == f"input.options.{option}"


def test_an_aspect_ratio_keeps_the_area() -> None:
    options = validate_request(get_provider("flux-ultra"), TEXT, {"aspectRatio": "16:9"}).options

    assert (options["width"], options["height"]) == (1368, 768)


@pytest.mark.parametrize(
    ("requested", "width", "height", "adjusted"),
    [
        ({"width": 1280, "aspectRatio": "16:9"}, 1280, 720, []),
        ({"height": 500, "aspectRatio": "16:9"}, 888, 500, []),
        ({"width": 4096, "aspectRatio": "9:16"}, 2304, 4096, ["options.width"]),
        ({"width": 64, "aspectRatio": "16:9"}, 112, 64, ["options.width"]),
        ({"width": 1000, "height": 1000, "aspectRatio": "1:1"}, 1000, 1000, []),
        ({"width": 1000, "height": 500, "aspectRatio": "1:1"}, 1000, 500, ["options.aspectRatio"]),
    ],
)
def test_the_other_side_follows_from_one_side_and_the_aspect_ratio(
    requested: JSONObject, width: int, height: int, adjusted: list[str]
) -> None:
    validated = validate_request(get_provider("flux-pro"), TEXT, requested)

    assert (validated.options["width"], validated.options["height"]) == (width, height)
    assert [adjustment.field for adjustment in validated.adjustments] == adjusted


def test_extra_is_passed_on_unchanged() -> None:
    extra: JSONObject = {"guidance": 3.5, "loras": [{"path": "fox", "scale": 1}]}

    assert validate_request(get_provider("flux-pro"), TEXT, {"extra": extra}).options["extra"] == extra


def nested(depth: int) -> JSON:
    value: JSON = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("extra", ["text", [1], {"a": "x" * 10_000}, {"a": nested(900)}, {"a": 10**30}])
def test_invalid_extra_is_rejected(extra: JSON) -> None:
    assert resolve_error("flux-pro", TEXT, {"extra": extra}).extensions["field"] == "input.options.extra"


@pytest.mark.parametrize("provider", CATALOGUE.providers, ids=lambda provider: provider.id)
def test_a_minimal_request_gets_all_defaults_without_adjustments(provider: Provider) -> None:
    validated = validate_request(provider, typical_request(provider).content, {})

    defaults = {option.name: option.default for option in provider.options.values() if option.default is not None}
    assert validated.options.items() >= defaults.items()
    assert validated.adjustments == ()
    assert (validated.model is None) == (provider.models == ())


def values_of(option: Option) -> st.SearchStrategy[JSON]:
    """Strategy of values that are allowed or close to an allowed one."""
    if option.allowed is not None:
        return st.sampled_from(option.allowed)
    if option.type is OptionType.BOOLEAN:
        return st.booleans()
    if option.type is OptionType.STRING:
        return st.text(min_size=1, max_size=10).filter(lambda text: bool(text.strip()))
    low, high = option.minimum or 1, option.maximum or 1000
    if option.type is OptionType.INTEGER:
        return st.integers(math.ceil(low / 2), math.floor(high * 2 if option.adjustable else high))
    return st.floats(low / 2, high * 2)


REQUESTS = st.sampled_from(CATALOGUE.providers).flatmap(
    lambda provider: st.tuples(
        st.just(provider),
        st.fixed_dictionaries({}, optional={name: values_of(option) for name, option in provider.options.items()}),
    )
)


@given(REQUESTS)
def test_resolution_is_idempotent(request: tuple[Provider, JSONObject]) -> None:
    provider, options = request
    first = validate_request(provider, typical_request(provider).content, options)
    second = validate_request(provider, first.content, first.options)

    assert (second.content, second.options, second.model) == (first.content, first.options, first.model)
    assert second.adjustments == ()


NAMES = sorted({name for provider in CATALOGUE.providers for name in provider.options} | {"extra", "hight"})
FIELDS = sorted({name for provider in CATALOGUE.providers for name in provider.content} | {"voice", "txt"})


def outcome(provider: Provider, content: JSONObject, options: JSONObject) -> str:
    """Return the field of the error, or "accepted"."""
    try:
        validate_request(provider, content, options)
    except InvalidInput as error:
        return str(error.extensions["field"])
    return "accepted"


@given(
    st.sampled_from(CATALOGUE.providers),
    st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=4),
    st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=4),
)
def test_any_request_is_accepted_or_rejected_with_its_field(
    provider: Provider, content: JSONObject, options: JSONObject
) -> None:
    assert outcome(provider, content, options).startswith(("accepted", "input.input.", "input.options."))
