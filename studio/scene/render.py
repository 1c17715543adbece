"""Rendering of a scene from back to front: background, foreground, subjects, weather and image style."""

from dataclasses import dataclass, replace

import numpy as np
import skia
from numpy.typing import NDArray

from studio.negation import without_negations
from studio.scene.brushes import tone
from studio.scene.colour import BLACK, Colour, mix, shade
from studio.scene.isometric_scene import draw_isometric_back, draw_isometric_front
from studio.scene.lighting import LIGHTS, Light, tint_light
from studio.scene.noise import generator_for
from studio.scene.photo_style import out_of_focus
from studio.scene.places.place_registry import PLACES, UNNAMED, UNNAMED_DRY
from studio.scene.prompt_parser import SceneDescription, Weather, parse_prompt
from studio.scene.render_context import SceneCanvas
from studio.scene.styles import apply_styles
from studio.scene.subject_layout import draw_place_and_subjects, draw_subjects
from studio.scene.subject_names import SUBJECT_NAMES
from studio.scene.weather import draw_mist, draw_weather, falls

Pixels = NDArray[np.uint8]

_NOISE_LEVELS = 5  # amplitude in 8-bit levels
_NOISE_TILE = 256  # pixels
_FIXED_LIGHTS = frozenset({"deep", "space"})  # lighting presets of places that have no time of day


@dataclass(frozen=True, slots=True)
class Scene:
    """A parsed prompt with its resolved place and lighting, renderable at any size."""

    description: SceneDescription
    place: str
    light: Light
    key: str


def compose_scene(prompt: str, *, seed: int, negative: str = "") -> Scene:
    """Parse a prompt and choose everything it leaves unspecified from the seed."""
    description = parse_prompt(prompt, negative=negative)
    # The random key contains only the affirmed text, so excluding an element does not change the others.
    key = f"{seed}|{' '.join(without_negations(prompt).lower().split())}|"
    random = generator_for(key, "choice")
    place = description.place or _choose_place(description, random)
    hours = tuple(hour for hour in PLACES[place].hours if not description.lacks(hour)) or PLACES[place].hours
    hour = description.hour or hours[int(random.integers(len(hours)))]
    if hours[0] in _FIXED_LIGHTS:
        hour = hours[0]
    light = tint_light(LIGHTS[hour], description.tints)
    return Scene(replace(description, hour=hour), place, light, key)


def _choose_place(description: SceneDescription, random: np.random.Generator) -> str:
    is_specific = (
        description.hour
        or description.season
        or description.sights
        or description.subjects
        or description.weather != "none"
    )
    if not is_specific and random.random() < (0.6 if description.tints else 0.3):
        return "abstract"
    if description.shows("lake"):
        return "lake"
    choices = UNNAMED_DRY if description.subjects else UNNAMED
    return choices[int(random.integers(len(choices)))]


def create_scene_canvas(scene: Scene, pixels: Pixels) -> SceneCanvas:
    """Return a canvas that draws into an RGBA pixel array."""
    height, width = pixels.shape[:2]
    surface = skia.Surface(pixels, colorType=skia.kRGBA_8888_ColorType)
    return SceneCanvas(
        canvas=surface.getCanvas(),
        surface=surface,
        width=width,
        height=height,
        description=scene.description,
        light=scene.light,
        place=scene.place,
        key=scene.key,
    )


def draw_back(scene: Scene, width: int, height: int) -> Pixels:
    """Render the background as opaque RGBA."""
    pixels = np.zeros((height, width, 4), np.uint8)
    stage = create_scene_canvas(scene, pixels)
    draw = draw_isometric_back if "isometric" in scene.description.styles else PLACES[scene.place].back
    draw(stage)
    draw_mist(stage, alpha=0.9)
    return out_of_focus(pixels) if "photo" in scene.description.styles and scene.description.subjects else pixels


def draw_foreground(scene: Scene, pixels: Pixels) -> None:
    """Draw the foreground and subjects over existing RGBA pixels."""
    stage = create_scene_canvas(scene, pixels)
    draw = draw_isometric_front if "isometric" in scene.description.styles else draw_place_and_subjects
    draw(stage)
    draw_mist(stage, alpha=0.3)


def foreground_coverage(scene: Scene, width: int, height: int) -> NDArray[np.uint8]:
    """Return the alpha channel of the foreground, 0..255."""
    foreground = np.zeros((height, width, 4), np.uint8)
    draw_foreground(scene, foreground)
    return foreground[..., 3]


def draw_scene_subjects(scene: Scene, pixels: Pixels) -> None:
    """Draw only the subjects over existing RGBA pixels, without the place."""
    draw_subjects(create_scene_canvas(scene, pixels))


def with_lighting_from(scene: Scene, pixels: Pixels) -> Scene:
    """Return the scene on open ground with lighting derived from the mean colour of an RGB image."""
    mean = pixels[::4, ::4].reshape(-1, 3).mean(axis=0).tolist()
    seen: Colour = (mean[0], mean[1], mean[2])
    bright = shade(seen, 0.55) if max(seen) > 90 else mix(seen, scene.light.ambient, 0.55)
    light = replace(
        scene.light, ambient=mix(scene.light.ambient, bright, 0.6), haze=seen, accent=mix(seen, scene.light.accent, 0.5)
    )
    return replace(scene, light=light, place="field")


def draw_scene_weather(scene: Scene, pixels: Pixels) -> None:
    """Draw the weather over existing RGBA pixels."""
    draw_weather(create_scene_canvas(scene, pixels))


def scene_weather(scene: Scene) -> Weather:
    return scene.description.weather if falls(scene.description, scene.place) else "none"


def recognized_words(scene: Scene, *, with_subjects: bool) -> tuple[str, ...]:
    """Return the recognised prompt words; without `with_subjects`, only those that affect more than the subjects."""
    words = scene.description.followed
    return words if with_subjects else tuple(word for word in words if word.replace(" ", "-") not in SUBJECT_NAMES)


def apply_finish(scene: Scene, pixels: Pixels) -> Pixels:
    """Apply a vignette and the requested image styles to RGBA pixels; return RGB."""
    height, width = pixels.shape[:2]
    shaded = pixels.copy()
    canvas = skia.Surface(shaded, colorType=skia.kRGBA_8888_ColorType).getCanvas()
    tones = [tone(BLACK, 0.0), tone(BLACK, 0.0), tone(BLACK, 0.3)]
    canvas.translate(width / 2, height / 2)
    canvas.scale(width / 2, height / 2)
    shader = skia.GradientShader.MakeRadial(skia.Point(0, 0), 1.46, tones, [0.0, 0.52, 1.0])
    canvas.drawPaint(skia.Paint(Shader=shader, Dither=True))
    return apply_scene_styles(scene, np.ascontiguousarray(shaded[..., :3]))


def apply_scene_styles(scene: Scene, pixels: Pixels) -> Pixels:
    """Apply the requested image styles to RGB pixels."""
    return apply_styles(pixels, scene.description.styles, lambda: generator_for(scene.key, "style"))


def add_grain(scene: Scene, pixels: Pixels) -> Pixels:
    """Add fine noise, which also hides banding in smooth skies."""
    height, width = pixels.shape[:2]
    noise = generator_for(scene.key, "grain").integers(
        -_NOISE_LEVELS, _NOISE_LEVELS + 1, (_NOISE_TILE, _NOISE_TILE), dtype=np.int16
    )
    repeats = (-(-height // _NOISE_TILE), -(-width // _NOISE_TILE))
    tile = np.tile(noise, repeats)[:height, :width, None]
    return np.asarray(np.clip(pixels + tile, 0, 255), np.uint8)
