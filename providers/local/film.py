"""Frames of a film: pictures at different depths under a moving camera, with weather in front."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import skia
from numpy.typing import NDArray
from PIL import Image, ImageOps

from providers.local.camera import Move, Pose
from providers.local.weather import Weather

Pixels = NDArray[np.uint8]

NEAR = 1.8  # how many times as far as the back the front moves
DISSOLVE = 0.35  # share of a film in which its last picture comes in
OVERSCAN = 1.3  # how much larger than the frame a picture is kept, for the camera to come nearer
MIDDLE_OF_INTEREST = (0.5, 0.42)  # what is kept of a picture of another shape: faces are above the middle
SAMPLING = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kNone)


@dataclass(frozen=True, slots=True)
class Plane:
    """One picture of a film; `depth` 1 is the back. One that arrives dissolves in towards the end."""

    image: skia.Image
    depth: float = 1.0
    arrives: bool = False

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
                    self._draw(canvas, plane, pose, opacity=opacity)
            self.weather.draw(canvas, self.width, self.height, index / self.fps)
            yield frame

    def _draw(self, canvas: skia.Canvas, plane: Plane, pose: Pose, *, opacity: float) -> None:
        image = plane.image
        zoom = 1 + (pose.zoom - 1) * plane.depth
        scale = max(self.width / image.width(), self.height / image.height()) * zoom
        wide, high = self.width / scale, self.height / scale
        left, top = (image.width() - wide) * pose.across, (image.height() - high) * pose.down
        canvas.drawImageRect(
            image,
            skia.Rect.MakeXYWH(left, top, wide, high),
            skia.Rect.MakeWH(self.width, self.height),
            SAMPLING,
            skia.Paint(Alphaf=opacity),
        )


def layer(pixels: Pixels, *, depth: float = 1.0) -> Plane:
    """A plane of height x width x 4 pixels with straight alpha."""
    if pixels[..., 3].min() == 255:
        return Plane(_image(pixels, skia.kOpaque_AlphaType), depth=depth)
    # Multiplied once here, and not by the rasteriser in every frame.
    alpha = pixels[..., 3:].astype(np.uint16)
    color = (pixels[..., :3] * alpha + 127) // 255
    multiplied = np.concatenate([color, alpha], axis=2).astype(np.uint8)
    return Plane(_image(multiplied, skia.kPremul_AlphaType), depth=depth)


def photograph(pixels: Pixels, width: int, height: int, *, arrives: bool = False) -> Plane:
    """A plane of any height x width x 3 picture, cropped to the shape of the frame."""
    size = (round(width * OVERSCAN), round(height * OVERSCAN))
    fitted = ImageOps.fit(Image.fromarray(pixels), size, Image.Resampling.LANCZOS, centering=MIDDLE_OF_INTEREST)
    opaque = np.asarray(fitted.convert("RGBA"))
    return Plane(_image(opaque, skia.kOpaque_AlphaType), arrives=arrives)


def _image(pixels: Pixels, alpha: skia.AlphaType) -> skia.Image:
    return skia.Image.fromarray(np.ascontiguousarray(pixels), colorType=skia.kRGBA_8888_ColorType, alphaType=alpha)
