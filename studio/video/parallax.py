"""Frames of a film: pictures at different depths under a moving camera, with weather in front."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import skia
from numpy.typing import NDArray
from PIL import Image, ImageOps

from studio.video.camera_path import Move, Pose
from studio.video.weather import Weather

Pixels = NDArray[np.uint8]

NEAR = 1.7  # how many times as far as the back the front moves
BOB = 0.006  # how far something adrift rises and sinks, as a share of the picture
BOB_SECONDS = 3.4
TILT = 0.7  # degrees, of something adrift to either side
TILT_SECONDS = 4.7
DISSOLVE = 0.35  # share of a film in which its last picture comes in
LIFT_OFF = 1.0  # where what climbs ends below when it begins, and
ARRIVAL = 0.08  # where it ends above when it is there, as shares of the picture
OVERSCAN = 1.3  # how much larger than the frame a picture is kept, for the camera to come nearer
GROUND = 96  # how opaque, from 0 to 255, the lowest row of a plane is that stands on ground
LEAST_BENEATH = 0.07  # share of a picture under what stands in it: ground has no lower end
MIDDLE_OF_INTEREST = (0.5, 0.42)  # what is kept of a picture of another shape: faces are above the middle
SAMPLING = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kNone)


@dataclass(frozen=True, slots=True)
class Plane:
    """One picture of a film; `depth` 1 is the back. One that arrives dissolves in towards the end.

    The image is what there is to see of a picture of `width` x `height`, and lies at `left` and `top` in it.
    """

    image: skia.Image
    width: int
    height: int
    left: int = 0
    top: int = 0
    depth: float = 1.0
    arrives: bool = False
    adrift: bool = False
    climbs: bool = False

    def lift(self, time: float) -> float:
        """How far above its place it is at a time from 0 to 1, in its pixels; at first it is just off the ground."""
        if not self.climbs:
            return 0.0
        foot, head = self.top + self.image.height() - LIFT_OFF * self.height, self.top - ARRIVAL * self.height
        share = 0.35 * time + 0.65 * time * time
        return float(foot + (head - foot) * share)

    def opacity(self, time: float) -> float:
        """From 0 to 1, at a time from 0 to 1."""
        if not self.arrives:
            return 1.0
        return min(1.0, max(0.0, (time - 1 + DISSOLVE) / (DISSOLVE * 0.85)))


@dataclass(frozen=True, slots=True)
class Film:
    """What is to be seen, and for how long."""

    planes: Sequence[Plane]
    move: Move
    weather: Weather
    width: int
    height: int
    count: int
    fps: int

    def frames(self) -> Iterator[Pixels]:
        """Arrays of height x width x 4 RGBA; each is the same array, drawn anew."""
        # Never unset memory: sampling can leave a hair of transparency, through which the first frame shows it.
        frame = np.zeros((self.height, self.width, 4), np.uint8)
        surface = skia.Surface(frame, colorType=skia.kRGBA_8888_ColorType)
        canvas = surface.getCanvas()
        for index in range(self.count):
            time = index / max(1, self.count - 1)
            pose = self.move.at(time)
            for plane in self.planes:
                if opacity := plane.opacity(time):
                    self._draw(canvas, plane, pose, opacity=opacity, seconds=index / self.fps)
            self.weather.draw(canvas, self.width, self.height, index / self.fps)
            yield frame

    def _draw(self, canvas: skia.Canvas, plane: Plane, pose: Pose, *, opacity: float, seconds: float) -> None:
        time = seconds * self.fps / max(1, self.count - 1)
        zoom = 1 + (pose.zoom - 1) * plane.depth
        scale = max(self.width / plane.width, self.height / plane.height) * zoom
        left = (plane.width - self.width / scale) * pose.across
        top = (plane.height - self.height / scale) * pose.down
        canvas.save()
        canvas.scale(scale, scale)
        canvas.translate(plane.left - left, plane.top - top - plane.lift(time))
        if plane.adrift:
            middle = plane.image.width() / 2, plane.image.height() / 2
            canvas.translate(0, BOB * plane.height * math.sin(math.tau * seconds / BOB_SECONDS))
            canvas.rotate(TILT * math.sin(math.tau * seconds / TILT_SECONDS), *middle)
        canvas.drawImage(plane.image, 0, 0, SAMPLING, skia.Paint(Alphaf=opacity))
        canvas.restore()


def layer(pixels: Pixels, *, depth: float = 1.0, floats: bool = False, climbs: bool = False) -> Plane:
    """A plane of height x width x 4 pixels with straight alpha; one that floats drifts, unless it stands on ground."""
    height, width = pixels.shape[:2]
    if pixels[..., 3].min() == 255:
        return Plane(_image(pixels, skia.kOpaque_AlphaType), width, height, depth=depth)
    across, down = _filled(pixels[..., 3])
    seen = pixels[down, across]
    # Multiplied once here, and not by the rasteriser in every frame.
    alpha = seen[..., 3:].astype(np.uint16)
    color = (seen[..., :3] * alpha + 127) // 255
    multiplied = np.concatenate([color, alpha], axis=2).astype(np.uint8)
    return Plane(
        _image(multiplied, skia.kPremul_AlphaType),
        width,
        height,
        left=across.start,
        top=down.start,
        depth=depth,
        climbs=climbs,
        adrift=floats and float(pixels[-1, :, 3].mean()) < GROUND,
    )


def interest_of(pixels: Pixels) -> float:
    """How far down, from 0 to 1, a camera aims that comes nearer and keeps in sight what a layer shows."""
    height, width = pixels.shape[:2]
    filled = (pixels[:, width // 4 : width * 3 // 4, 3].max(axis=1) > GROUND).tolist()
    # What hangs into the picture from above, as branches do, is not what it shows.
    hanging = filled.index(False) if False in filled else height
    rows = [row for row in range(hanging, height) if filled[row]]
    if not rows:
        return 0.5
    above, beneath = rows[0] / height, 1 - rows[-1] / height
    return float(above / (above + max(beneath, LEAST_BENEATH)))


def photograph(pixels: Pixels, width: int, height: int, *, arrives: bool = False) -> Plane:
    """A plane of any height x width x 3 picture, cropped to the shape of the frame."""
    size = (round(width * OVERSCAN), round(height * OVERSCAN))
    fitted = ImageOps.fit(Image.fromarray(pixels), size, Image.Resampling.LANCZOS, centering=MIDDLE_OF_INTEREST)
    opaque = np.asarray(fitted.convert("RGBA"))
    return Plane(_image(opaque, skia.kOpaque_AlphaType), *size, arrives=arrives)


def _filled(alpha: Pixels) -> tuple[slice, slice]:
    """The columns and the rows in which there is anything to see, and a clear pixel more on each side."""
    columns, rows = (np.flatnonzero(alpha.any(axis=axis)) for axis in (0, 1))
    if not len(rows):
        return slice(0, 1), slice(0, 1)

    def span(places: NDArray[np.intp], end: int) -> slice:
        return slice(max(0, int(places[0]) - 1), min(end, int(places[-1]) + 2))

    return span(columns, alpha.shape[1]), span(rows, alpha.shape[0])


def _image(pixels: Pixels, alpha: skia.AlphaType) -> skia.Image:
    return skia.Image.fromarray(np.ascontiguousarray(pixels), colorType=skia.kRGBA_8888_ColorType, alphaType=alpha)
