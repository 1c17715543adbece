"""Pictures from a prompt, from a prompt in two layers, and from another picture."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.limitations import SUBJECT_STRENGTH
from studio.prompt_words import is_adding
from studio.scene import render
from studio.scene.blend import blended
from studio.scene.layering import lifted
from studio.scene.prompt_parser import Weather
from studio.scene.restyle import cropped, graded, painterly
from studio.scene.subject import Wanted

SOFTWARE = "doitong local"
_SOFTWARE_TAG = 0x0131  # of EXIF
_PNG_EFFORT = 2  # of 9: a tenth larger, four times as fast
_JPEG_QUALITY = 92  # of 100
_WEBP_QUALITY = 90  # of 100
_WEBP_EFFORT = 2  # of 6

_GRADED = 0.9  # of the way to the colours of the prompt, at full strength
_CLIMBING_SIZE = 0.72  # of the size it has standing still, which leaves it room to climb
_CLIMBERS = frozenset(["rocket", "balloon", "party-balloon", "airship", "ufo", "plane"])

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Picture:
    """`pixels` is height x width x 3, RGB; `followed` are the words of the prompt that shaped it."""

    pixels: Pixels
    followed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layers:
    """Two RGBA pictures of the same size: `back` is opaque, `front` has straight (not premultiplied) alpha.

    Laid one over the other they are the picture without its grain, before its weather falls. Where there is a
    `climber`, it is a third that goes over both, of what climbs by itself.
    """

    back: Pixels
    front: Pixels
    weather: Weather
    followed: tuple[str, ...]
    climber: Pixels | None = None


def paint(prompt: str, width: int, height: int, *, seed: int, grain: bool = True, negative: str = "") -> Picture:
    """Compose a picture from the words of a prompt; the same arguments give the same pixels."""
    scene = render.settle(prompt, seed=seed, negative=negative)
    pixels = render.draw_back(scene, width, height)
    render.draw_near(scene, pixels)
    render.draw_falling(scene, pixels)
    finished = render.finished(scene, pixels)
    return Picture(render.grained(scene, finished) if grain else finished, scene.brief.followed)


def layers(prompt: str, width: int, height: int, *, seed: int, negative: str = "", climbs: bool = False) -> Layers:
    """The same scene as `paint` composes, taken apart for a camera that moves through it.

    If something `climbs`, what can rise into the air is a layer of its own.
    """
    whole_scene = render.settle(prompt, seed=seed, negative=negative)
    climbing = [thing for thing in whole_scene.brief.wanted if climbs and thing.name in _CLIMBERS]
    scene = _with(whole_scene, [thing for thing in whole_scene.brief.wanted if thing not in climbing])
    drawn = render.draw_back(scene, width, height)
    back = render.finished(scene, drawn)
    render.draw_near(scene, drawn)
    whole = render.finished(scene, drawn)
    front = lifted(whole, back, coverage=render.near_coverage(scene, width, height))
    opaque = np.full((height, width), 255, np.uint8)
    risen = [replace(thing, size=thing.size * _CLIMBING_SIZE) for thing in climbing]
    climber = _climber(_with(scene, risen), drawn, whole) if climbing else None
    return Layers(np.dstack([back, opaque]), front, render.weather_in(scene), scene.brief.followed, climber)


def _with(scene: render.Scene, things: Sequence[Wanted]) -> render.Scene:
    return replace(scene, brief=replace(scene.brief, wanted=tuple(things)))


def _climber(scene: render.Scene, drawn: Pixels, whole: Pixels) -> Pixels:
    """The things of a scene over all else that is drawn, whose finished picture is `whole`."""
    height, width = drawn.shape[:2]
    alone = np.zeros((height, width, 4), np.uint8)
    render.draw_things(scene, alone)
    with_things = drawn.copy()
    render.draw_things(scene, with_things)
    return lifted(render.finished(scene, with_things), whole, coverage=alone[..., 3])


def variation(
    image: Pixels, prompt: str, width: int, height: int, *, seed: int, strength: float, others: Sequence[Pixels] = (),
    negative: str = "",
) -> Picture:  # fmt: skip
    """Paint a picture anew in the light, weather and style of a prompt; `strength` 0 keeps it, 1 changes it most.

    Things are drawn into it where the prompt says to add them, or where it is to be changed much. The `others` are
    blended into it.
    """
    scene = render.settle(prompt, seed=seed, negative=negative)
    adds = is_adding(prompt) or strength >= SUBJECT_STRENGTH
    given = blended(cropped(image, width, height), others)
    pixels = graded(given, scene.light, share=_GRADED * strength)
    pixels = painterly(pixels, share=min(1.0, 1.4 * strength))
    drawn = np.dstack([pixels, np.full((height, width), 255, np.uint8)])
    if adds:
        render.draw_things(render.in_light_of(scene, pixels), drawn)
    render.draw_falling(scene, drawn)
    finished = render.finished(scene, drawn)
    return Picture(render.grained(scene, finished), render.followed_by_light(scene, things=adds))


def restyled(image: Pixels, prompt: str, *, seed: int) -> Pixels:
    """A picture as it is, in the styles that a prompt names."""
    scene = render.settle(prompt, seed=seed)
    return render.styled(scene, image) if scene.brief.styles else image


def save_picture(pixels: Pixels, path: Path) -> None:
    """Write PNG, JPEG or WebP, by the suffix."""
    image = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[_SOFTWARE_TAG] = SOFTWARE
    match path.suffix.lower():
        case ".jpg" | ".jpeg":
            image.save(path, "JPEG", quality=_JPEG_QUALITY, exif=exif)
        case ".webp":
            image.save(path, "WEBP", quality=_WEBP_QUALITY, method=_WEBP_EFFORT, exif=exif)
        case _:
            text = PngInfo()
            text.add_text("Software", SOFTWARE)
            image.save(path, "PNG", compress_level=_PNG_EFFORT, pnginfo=text)
