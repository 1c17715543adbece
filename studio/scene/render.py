"""A brief drawn from back to front: sky and country, what stands in it, the weather, and the finish."""

from dataclasses import dataclass, replace

import numpy as np
import skia
from numpy.typing import NDArray

from studio.negation import without_negations
from studio.scene.brushes import tone
from studio.scene.colour import BLACK, Colour, mix, shade
from studio.scene.composition import draw_cast, draw_front
from studio.scene.light import LIGHTS, Light, under
from studio.scene.names import SUBJECT_NAMES
from studio.scene.photo_style import out_of_focus
from studio.scene.places.place_registry import PLACES, UNNAMED, UNNAMED_DRY
from studio.scene.prompt_parser import Brief, Weather, read
from studio.scene.render_context import Stage
from studio.scene.styles import apply_styles
from studio.scene.texture import generator_for
from studio.scene.tiles import draw_isometric_back, draw_isometric_front
from studio.scene.weather import draw_mist, draw_weather, falls

Pixels = NDArray[np.uint8]

_GRAIN = 5  # levels of 255
_GRAIN_TILE = 256  # pixels
_MONOCHROME_HOURS = frozenset({"deep", "space"})  # places whose light is their own at any hour


@dataclass(frozen=True, slots=True)
class Scene:
    """A prompt settled into a place and a light, ready to be drawn at any size."""

    brief: Brief
    place: str
    light: Light
    key: str


def settle(prompt: str, *, seed: int, negative: str = "") -> Scene:
    """Read a prompt, and let the seed choose what it leaves open."""
    brief = read(prompt, negative=negative)
    # Only what is asked for has a part in the key, so that leaving something out leaves the rest as it was.
    key = f"{seed}|{' '.join(without_negations(prompt).lower().split())}|"
    random = generator_for(key, "choice")
    place = brief.place or _unnamed(brief, random)
    hours = tuple(hour for hour in PLACES[place].hours if not brief.lacks(hour)) or PLACES[place].hours
    hour = brief.hour or hours[int(random.integers(len(hours)))]
    if hours[0] in _MONOCHROME_HOURS:
        hour = hours[0]
    light = under(LIGHTS[hour], brief.tints)
    return Scene(replace(brief, hour=hour), place, light, key)


def _unnamed(brief: Brief, random: np.random.Generator) -> str:
    says_something = brief.hour or brief.season or brief.sights or brief.wanted or brief.weather != "none"
    if not says_something and random.random() < (0.6 if brief.tints else 0.3):
        return "abstract"
    if brief.shows("lake"):
        return "lake"
    choices = UNNAMED_DRY if brief.wanted else UNNAMED
    return choices[int(random.integers(len(choices)))]


def staged(scene: Scene, pixels: Pixels) -> Stage:
    """A stage on an RGBA picture, which is drawn into."""
    height, width = pixels.shape[:2]
    surface = skia.Surface(pixels, colorType=skia.kRGBA_8888_ColorType)
    return Stage(
        canvas=surface.getCanvas(),
        surface=surface,
        width=width,
        height=height,
        brief=scene.brief,
        light=scene.light,
        place=scene.place,
        key=scene.key,
    )


def draw_back(scene: Scene, width: int, height: int) -> Pixels:
    """All that is far away, as opaque RGBA."""
    pixels = np.zeros((height, width, 4), np.uint8)
    stage = staged(scene, pixels)
    draw = draw_isometric_back if "isometric" in scene.brief.styles else PLACES[scene.place].back
    draw(stage)
    draw_mist(stage, alpha=0.9)
    return out_of_focus(pixels) if "photo" in scene.brief.styles and scene.brief.wanted else pixels


def draw_near(scene: Scene, pixels: Pixels) -> None:
    """All that is near, over what is there."""
    stage = staged(scene, pixels)
    draw = draw_isometric_front if "isometric" in scene.brief.styles else draw_front
    draw(stage)
    draw_mist(stage, alpha=0.3)


def near_coverage(scene: Scene, width: int, height: int) -> NDArray[np.uint8]:
    """How opaque what is near is at each point, 0..255."""
    alone = np.zeros((height, width, 4), np.uint8)
    draw_near(scene, alone)
    return alone[..., 3]


def draw_things(scene: Scene, pixels: Pixels) -> None:
    """The things alone, without the place they would be in."""
    draw_cast(staged(scene, pixels))


def in_light_of(scene: Scene, pixels: Pixels) -> Scene:
    """The scene on open ground, in the colours of an RGB picture."""
    mean = pixels[::4, ::4].reshape(-1, 3).mean(axis=0).tolist()
    seen: Colour = (mean[0], mean[1], mean[2])
    bright = shade(seen, 0.55) if max(seen) > 90 else mix(seen, scene.light.ambient, 0.55)
    light = replace(
        scene.light, ambient=mix(scene.light.ambient, bright, 0.6), haze=seen, accent=mix(seen, scene.light.accent, 0.5)
    )
    return replace(scene, light=light, place="field")


def draw_falling(scene: Scene, pixels: Pixels) -> None:
    """The weather, over everything."""
    draw_weather(staged(scene, pixels))


def weather_in(scene: Scene) -> Weather:
    return scene.brief.weather if falls(scene.brief, scene.place) else "none"


def followed_by_light(scene: Scene, *, things: bool) -> tuple[str, ...]:
    """The words that shaped more than which things are shown, or those too."""
    words = scene.brief.followed
    return words if things else tuple(word for word in words if word.replace(" ", "-") not in SUBJECT_NAMES)


def finished(scene: Scene, pixels: Pixels) -> Pixels:
    """Darker towards the corners, and rendered in the styles asked for: RGB."""
    height, width = pixels.shape[:2]
    shaded = pixels.copy()
    canvas = skia.Surface(shaded, colorType=skia.kRGBA_8888_ColorType).getCanvas()
    tones = [tone(BLACK, 0.0), tone(BLACK, 0.0), tone(BLACK, 0.3)]
    canvas.translate(width / 2, height / 2)
    canvas.scale(width / 2, height / 2)
    shader = skia.GradientShader.MakeRadial(skia.Point(0, 0), 1.46, tones, [0.0, 0.52, 1.0])
    canvas.drawPaint(skia.Paint(Shader=shader, Dither=True))
    return styled(scene, np.ascontiguousarray(shaded[..., :3]))


def styled(scene: Scene, pixels: Pixels) -> Pixels:
    """RGB pixels in the styles that are asked for."""
    return apply_styles(pixels, scene.brief.styles, lambda: generator_for(scene.key, "style"))


def grained(scene: Scene, pixels: Pixels) -> Pixels:
    """With the fine noise of film, which also hides steps in smooth skies."""
    height, width = pixels.shape[:2]
    noise = generator_for(scene.key, "grain").integers(-_GRAIN, _GRAIN + 1, (_GRAIN_TILE, _GRAIN_TILE), dtype=np.int16)
    repeats = (-(-height // _GRAIN_TILE), -(-width // _GRAIN_TILE))
    tile = np.tile(noise, repeats)[:height, :width, None]
    return np.asarray(np.clip(pixels + tile, 0, 255), np.uint8)
