"""Every option of every provider changes the rendered files or lyrics, or is noted as not simulated."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from providers.backend import JSON, Adjustment, GenerationType, JSONObject
from providers.catalogue import Option, load_catalogue
from studio.render import render
from studio.render_task import WorkerDirectories
from studio.request import RenderRequest
from tests.support.voices import MODEL_FOLDER, VOICE_FILES

CATALOGUE = load_catalogue()
CONTENT: dict[GenerationType, JSONObject] = {
    GenerationType.IMAGE: {"text": "a fox in the rain"},
    GenerationType.VIDEO: {"text": "a sailboat in the rain"},
    GenerationType.AUDIO: {"text": "Good evening."},
    GenerationType.AVATAR: {"text": "Hello."},
    GenerationType.MUSIC: {"text": "a song about rain"},
}
# Small sizes, so that renders are fast.
SMALLEST: dict[GenerationType, JSONObject] = {
    GenerationType.IMAGE: {"width": 128, "height": 128},
    GenerationType.VIDEO: {"duration": 0.5, "fps": 8, "resolution": "360p"},
    GenerationType.AUDIO: {},
    GenerationType.AVATAR: {"resolution": "360p", "fps": 8},
    GenerationType.MUSIC: {"duration": 5},
}
OTHER: JSONObject = {
    "width": 192,
    "height": 192,
    "aspectRatio": "9:16",
    "resolution": "480p",
    "duration": 1,
    "fps": 12,
    "n": 2,
    "seed": 9,
    "style": "pixel art",
    "negativePrompt": "rain",
    "strength": 0.9,
    "silent": True,
    "voice": "am_michael",
    "emotion": "excited",
    "speed": 1.5,
    "language": "es",
    "avatarId": "anna",
    "background": "#204060",
    "gesture": "wave",
    "instrumental": True,
    "motionIntensity": "high",
    "version": "2",
    "model": "another",
    "mode": "pro",
    "quality": "high",
    "sequential": True,
}


def options_of(type: GenerationType) -> dict[str, Option]:
    """Return all options of the providers of a type."""
    return {name: option for provider in CATALOGUE.of_type(type) for name, option in provider.options.items()}


SHAPES = {"aspectRatio", "resolution"}  # have no effect beside a width and a height
CASES = [(type, name) for type in GenerationType for name in sorted(options_of(type))]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The files with their lyrics, and the adjustments."""

    files: list[bytes]
    lyrics: list[str | None]
    adjustments: tuple[Adjustment, ...]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Callable[[GenerationType, JSONObject], Rendered]:
    directories = WorkerDirectories(
        directory=tmp_path_factory.mktemp("renders"), voices=VOICE_FILES, cache=MODEL_FOLDER
    )
    cache: dict[str, Rendered] = {}

    def render_cached(type: GenerationType, options: JSONObject) -> Rendered:
        key = repr((type, options))
        if key not in cache:
            seed = options.get("seed", 4)
            assert isinstance(seed, int)
            request = RenderRequest(f"gen_{len(cache)}", type, CONTENT[type], options, seed)
            result = render(request, directories, report=lambda share: None)
            files = [(directories.directory / request.id / output.name).read_bytes() for output in result.outputs]
            cache[key] = Rendered(files, [output.lyrics for output in result.outputs], result.adjustments)
        return cache[key]

    return render_cached


@pytest.mark.slow
@pytest.mark.parametrize(("type", "name"), CASES, ids=lambda part: str(part))
def test_an_option_has_an_effect_or_is_reported(
    type: GenerationType,
    name: str,
    rendered: Callable[[GenerationType, JSONObject], Rendered],
) -> None:
    options = {} if name in SHAPES else SMALLEST[type]
    before = rendered(type, options)
    after = rendered(type, {**options, name: other_value(type, name)})

    is_reported = any(one.field == f"options.{name}" for one in after.adjustments)
    assert is_reported or (after.files, after.lyrics) != (before.files, before.lyrics), (
        f"{name} has no effect and is not reported"
    )


def other_value(type: GenerationType, name: str) -> JSON:
    """Return a value that differs from that in `SMALLEST`."""
    allowed = options_of(type)[name].allowed
    if name == "format":
        return next(value for value in ("webp", "flac", "mp3") if not allowed or value in allowed)
    return "jazz" if (type, name) == (GenerationType.MUSIC, "style") else OTHER[name]
