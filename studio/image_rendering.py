"""Image rendering: from a prompt, from a prompt in layers, and as a variation of another image."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.limitations import SUBJECT_STRENGTH
from studio.prompt_words import is_adding, without_input_description
from studio.scene import render
from studio.scene.blend import blended
from studio.scene.layers import extract_layer
from studio.scene.prompt_parser import Weather
from studio.scene.restyle import cropped, graded, painterly
from studio.scene.subject import Subject

SOFTWARE = "doitong local"
_SOFTWARE_TAG = 0x0131  # the EXIF tag Software
_PNG_COMPRESSION = 2  # of 9: files are 10% larger than at the default level, encoding is four times faster
_JPEG_QUALITY = 92  # of 100
_WEBP_QUALITY = 90  # of 100
_WEBP_METHOD = 2  # of 6

_MAX_GRADING = 0.9  # share of the prompt's colour grading at strength 1
_RISING_SCALE = 0.72  # of the normal size, which leaves room to rise
_RISING_SUBJECTS = frozenset(["rocket", "balloon", "party-balloon", "airship", "ufo", "plane"])

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Picture:
    """A rendered image. `pixels` is RGB of (height, width, 3); `followed` are the prompt words that were rendered."""

    pixels: Pixels
    followed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layers:
    """RGBA images of the same size: `back` is opaque, `front` has straight (not premultiplied) alpha.

    Composited, they are the image without grain and falling weather. `climber`, if any, is a third layer above both,
    with the subjects that rise.
    """

    back: Pixels
    front: Pixels
    weather: Weather
    followed: tuple[str, ...]
    climber: Pixels | None = None


def paint(prompt: str, width: int, height: int, *, seed: int, grain: bool = True, negative: str = "") -> Picture:
    """Render an image from a prompt. The same arguments give the same pixels."""
    scene = render.compose_scene(prompt, seed=seed, negative=negative)
    pixels = render.draw_back(scene, width, height)
    render.draw_foreground(scene, pixels)
    render.draw_scene_weather(scene, pixels)
    finished = render.apply_finish(scene, pixels)
    return Picture(render.add_grain(scene, finished) if grain else finished, scene.description.followed)


def layers(prompt: str, width: int, height: int, *, seed: int, negative: str = "", climbs: bool = False) -> Layers:
    """Render the scene of `paint` in layers, for a moving camera.

    With `climbs`, subjects that can rise into the air are in their own layer.
    """
    complete = render.compose_scene(prompt, seed=seed, negative=negative)
    rising = [thing for thing in complete.description.subjects if climbs and thing.name in _RISING_SUBJECTS]
    scene = _with_subjects(complete, [thing for thing in complete.description.subjects if thing not in rising])
    drawn = render.draw_back(scene, width, height)
    back = render.apply_finish(scene, drawn)
    render.draw_foreground(scene, drawn)
    whole = render.apply_finish(scene, drawn)
    front = extract_layer(whole, back, coverage=render.foreground_coverage(scene, width, height))
    opaque = np.full((height, width), 255, np.uint8)
    scaled = [replace(thing, size=thing.size * _RISING_SCALE) for thing in rising]
    climber = _rising_layer(_with_subjects(scene, scaled), drawn, whole) if rising else None
    return Layers(np.dstack([back, opaque]), front, render.scene_weather(scene), scene.description.followed, climber)


def _with_subjects(scene: render.Scene, things: Sequence[Subject]) -> render.Scene:
    return replace(scene, description=replace(scene.description, subjects=tuple(things)))


def _rising_layer(scene: render.Scene, drawn: Pixels, whole: Pixels) -> Pixels:
    """Return a layer with the subjects of a scene, drawn over `drawn`; `whole` is the finished image without them."""
    height, width = drawn.shape[:2]
    alone = np.zeros((height, width, 4), np.uint8)
    render.draw_scene_subjects(scene, alone)
    with_things = drawn.copy()
    render.draw_scene_subjects(scene, with_things)
    return extract_layer(render.apply_finish(scene, with_things), whole, coverage=alone[..., 3])


def variation(
    image: Pixels, prompt: str, width: int, height: int, *, seed: int, strength: float, others: Sequence[Pixels] = (),
    negative: str = "",
) -> Picture:  # fmt: skip
    """Repaint an image in the light, weather and style of a prompt. `strength` is 0 (unchanged) to 1.

    The subjects of the prompt are drawn into it if the prompt asks to add them or from `SUBJECT_STRENGTH` on.
    What the prompt says about an input image is in it already. `others` are blended in.
    """
    prompt = without_input_description(prompt)
    scene = render.compose_scene(prompt, seed=seed, negative=negative)
    adds = is_adding(prompt) or strength >= SUBJECT_STRENGTH
    given = blended(cropped(image, width, height), others)
    pixels = graded(given, scene.light, share=_MAX_GRADING * strength)
    pixels = painterly(pixels, share=min(1.0, 1.4 * strength))
    drawn = np.dstack([pixels, np.full((height, width), 255, np.uint8)])
    if adds:
        render.draw_scene_subjects(render.with_lighting_from(scene, pixels), drawn)
    render.draw_scene_weather(scene, drawn)
    finished = render.apply_finish(scene, drawn)
    return Picture(render.add_grain(scene, finished), render.recognized_words(scene, with_subjects=adds))


def restyled(image: Pixels, prompt: str, *, seed: int) -> Pixels:
    """Return an image in the styles that a prompt names; otherwise unchanged."""
    scene = render.compose_scene(prompt, seed=seed)
    return render.apply_scene_styles(scene, image) if scene.description.styles else image


def save_picture(pixels: Pixels, path: Path) -> None:
    """Write a PNG, JPEG or WebP file, chosen by the suffix."""
    image = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[_SOFTWARE_TAG] = SOFTWARE
    match path.suffix.lower():
        case ".jpg" | ".jpeg":
            image.save(path, "JPEG", quality=_JPEG_QUALITY, exif=exif)
        case ".webp":
            image.save(path, "WEBP", quality=_WEBP_QUALITY, method=_WEBP_METHOD, exif=exif)
        case _:
            text = PngInfo()
            text.add_text("Software", SOFTWARE)
            image.save(path, "PNG", compress_level=_PNG_COMPRESSION, pnginfo=text)
