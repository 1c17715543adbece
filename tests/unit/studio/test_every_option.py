"""Every option that a provider takes is seen or heard in what the local backend makes, or said not to be simulated."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from providers.backend import JSON, Deviation, GenerationType, JSONObject
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
# The smallest there is, so that each render takes a moment.
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
}


def options_of(type: GenerationType) -> dict[str, Option]:
    """All that providers of a type take."""
    return {name: option for provider in CATALOGUE.of_type(type) for name, option in provider.options.items()}


SHAPES = {"aspectRatio", "resolution"}  # a width and a height leave them nothing to say
CASES = [(type, name) for type in GenerationType for name in sorted(options_of(type))]


@dataclass(frozen=True, slots=True)
class Made:
    """The bytes and lyrics of every file, and what was said."""

    files: list[bytes]
    lyrics: list[str | None]
    notes: tuple[Deviation, ...]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Callable[[GenerationType, JSONObject], Made]:
    workshop = WorkerDirectories(directory=tmp_path_factory.mktemp("renders"), voices=VOICE_FILES, cache=MODEL_FOLDER)
    made: dict[str, Made] = {}

    def make(type: GenerationType, options: JSONObject) -> Made:
        key = repr((type, options))
        if key not in made:
            seed = options.get("seed", 4)
            assert isinstance(seed, int)
            request = RenderRequest(f"gen_{len(made)}", type, CONTENT[type], options, seed)
            result = render(request, workshop, report=lambda share: None)
            files = [(workshop.directory / request.id / output.name).read_bytes() for output in result.outputs]
            made[key] = Made(files, [output.lyrics for output in result.outputs], result.notes)
        return made[key]

    return make


@pytest.mark.slow
@pytest.mark.parametrize(("type", "name"), CASES, ids=lambda part: str(part))
def test_it_changes_what_is_made_or_is_said_not_to(
    type: GenerationType,
    name: str,
    rendered: Callable[[GenerationType, JSONObject], Made],
) -> None:
    without = {} if name in SHAPES else SMALLEST[type]
    before = rendered(type, without)
    after = rendered(type, {**without, name: other(type, name)})

    is_told = any(note.field == f"options.{name}" for note in after.notes)
    assert is_told or (after.files, after.lyrics) != (before.files, before.lyrics), (
        f"{name} changes nothing and nothing is said"
    )


def other(type: GenerationType, name: str) -> JSON:
    """A value that is not the one of the smallest."""
    allowed = options_of(type)[name].allowed
    if name == "format":
        return next(value for value in ("webp", "flac", "mp3") if not allowed or value in allowed)
    return "jazz" if (type, name) == (GenerationType.MUSIC, "style") else OTHER[name]
