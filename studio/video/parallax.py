"""Parallax rendering: image planes at different depths under a moving camera, with weather in front."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import skia
from numpy.typing import NDArray
from PIL import Image, ImageOps

from studio.video.camera_path import CameraMove, CameraPose
from studio.video.weather import Weather

Pixels = NDArray[np.uint8]

FOREGROUND_DEPTH = 1.7  # movement of the foreground relative to the background
BOB_AMPLITUDE = 0.006  # of a floating plane, as a share of its height
BOB_PERIOD = 3.4  # seconds
TILT_AMPLITUDE = 0.7  # degrees
TILT_PERIOD = 4.7  # seconds
DISSOLVE_SHARE = 0.35  # share of the video in which the last image fades in
CLIMB_START = 1.0  # lower edge of a climbing subject at the start, as a share of the image height
CLIMB_END = 0.08  # its upper edge at the end
OVERSCAN = 1.3  # size of a photo relative to the frame, so that zooming in keeps detail
GROUND_ALPHA = 96  # mean alpha (0 to 255) of the bottom row from which a plane counts as ground
MIN_GROUND_SHARE = 0.07  # minimum space below a subject, as a share of the height
CROP_CENTRE = (0.5, 0.42)  # centre of a crop, as shares; above the middle, where faces usually are
SAMPLING = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kNone)


@dataclass(frozen=True, slots=True)
class Plane:
    """One image of a video; `depth` 1 is the background. With `fades_in` it appears towards the end.

    `image` is the visible part of a plane of `width` x `height`, at `left` and `top` in it. `floats` makes it bob and
    tilt; `climbs` moves it up from the bottom.
    """

    image: skia.Image
    width: int
    height: int
    left: int = 0
    top: int = 0
    depth: float = 1.0
    fades_in: bool = False
    floats: bool = False
    climbs: bool = False

    def climb_offset(self, time: float) -> float:
        """Return how far the plane is raised at a time from 0 to 1, in its pixels; negative is below its place."""
        if not self.climbs:
            return 0.0
        foot, head = self.top + self.image.height() - CLIMB_START * self.height, self.top - CLIMB_END * self.height
        share = 0.35 * time + 0.65 * time * time
        return float(foot + (head - foot) * share)

    def opacity(self, time: float) -> float:
        """Return the opacity (0 to 1) at a time from 0 to 1."""
        if not self.fades_in:
            return 1.0
        return min(1.0, max(0.0, (time - 1 + DISSOLVE_SHARE) / (DISSOLVE_SHARE * 0.85)))


@dataclass(frozen=True, slots=True)
class ParallaxVideo:
    """A video to render: planes, camera move, weather, size and length."""

    planes: Sequence[Plane]
    move: CameraMove
    weather: Weather
    width: int
    height: int
    frame_count: int
    fps: int

    def frames(self) -> Iterator[Pixels]:
        """Yield RGBA frames, height x width x 4. Every frame is the same array, redrawn."""
        # Zeroed: edge sampling can leave pixels slightly transparent, which would show uninitialized memory.
        frame = np.zeros((self.height, self.width, 4), np.uint8)
        surface = skia.Surface(frame, colorType=skia.kRGBA_8888_ColorType)
        canvas = surface.getCanvas()
        for index in range(self.frame_count):
            time = index / max(1, self.frame_count - 1)
            pose = self.move.at(time)
            for plane in self.planes:
                if opacity := plane.opacity(time):
                    self._draw_plane(canvas, plane, pose, opacity=opacity, seconds=index / self.fps)
            self.weather.draw(canvas, self.width, self.height, index / self.fps)
            yield frame

    def _draw_plane(
        self, canvas: skia.Canvas, plane: Plane, pose: CameraPose, *, opacity: float, seconds: float
    ) -> None:
        time = seconds * self.fps / max(1, self.frame_count - 1)
        zoom = 1 + (pose.zoom - 1) * plane.depth
        scale = max(self.width / plane.width, self.height / plane.height) * zoom
        left = (plane.width - self.width / scale) * pose.x
        top = (plane.height - self.height / scale) * pose.y
        canvas.save()
        canvas.scale(scale, scale)
        canvas.translate(plane.left - left, plane.top - top - plane.climb_offset(time))
        if plane.floats:
            middle = plane.image.width() / 2, plane.image.height() / 2
            canvas.translate(0, BOB_AMPLITUDE * plane.height * math.sin(math.tau * seconds / BOB_PERIOD))
            canvas.rotate(TILT_AMPLITUDE * math.sin(math.tau * seconds / TILT_PERIOD), *middle)
        canvas.drawImage(plane.image, 0, 0, SAMPLING, skia.Paint(Alphaf=opacity))
        canvas.restore()


def layer_plane(pixels: Pixels, *, depth: float = 1.0, floats: bool = False, climbs: bool = False) -> Plane:
    """Return a plane of height x width x 4 pixels with straight alpha. `floats` is ignored if it reaches the ground."""
    height, width = pixels.shape[:2]
    if pixels[..., 3].min() == 255:
        return Plane(_image(pixels, skia.kOpaque_AlphaType), width, height, depth=depth)
    columns, rows = _visible_bounds(pixels[..., 3])
    visible = pixels[rows, columns]
    # Premultiplied once here instead of by the rasterizer in every frame.
    alpha = visible[..., 3:].astype(np.uint16)
    color = (visible[..., :3] * alpha + 127) // 255
    multiplied = np.concatenate([color, alpha], axis=2).astype(np.uint8)
    return Plane(
        _image(multiplied, skia.kPremul_AlphaType),
        width,
        height,
        left=columns.start,
        top=rows.start,
        depth=depth,
        climbs=climbs,
        floats=floats and float(pixels[-1, :, 3].mean()) < GROUND_ALPHA,
    )


def vertical_focus(pixels: Pixels) -> float:
    """Return the vertical position, from 0 to 1, to zoom in on so that the subject of a layer stays in frame."""
    height, width = pixels.shape[:2]
    filled = (pixels[:, width // 4 : width * 3 // 4, 3].max(axis=1) > GROUND_ALPHA).tolist()
    # Content hanging in from the top edge, such as branches, is not the subject.
    hanging = filled.index(False) if False in filled else height
    rows = [row for row in range(hanging, height) if filled[row]]
    if not rows:
        return 0.5
    above, below = rows[0] / height, 1 - rows[-1] / height
    return float(above / (above + max(below, MIN_GROUND_SHARE)))


def photo_plane(pixels: Pixels, width: int, height: int, *, fades_in: bool = False) -> Plane:
    """Return a plane of a height x width x 3 image, cropped to the aspect ratio of the frame."""
    size = (round(width * OVERSCAN), round(height * OVERSCAN))
    fitted = ImageOps.fit(Image.fromarray(pixels), size, Image.Resampling.LANCZOS, centering=CROP_CENTRE)
    opaque = np.asarray(fitted.convert("RGBA"))
    return Plane(_image(opaque, skia.kOpaque_AlphaType), *size, fades_in=fades_in)


def _visible_bounds(alpha: Pixels) -> tuple[slice, slice]:
    """Return the column and row ranges of the visible pixels, with a margin of one pixel."""
    columns, rows = (np.flatnonzero(alpha.any(axis=axis)) for axis in (0, 1))
    if not len(rows):
        return slice(0, 1), slice(0, 1)

    def span(indices: NDArray[np.intp], end: int) -> slice:
        return slice(max(0, int(indices[0]) - 1), min(end, int(indices[-1]) + 2))

    return span(columns, alpha.shape[1]), span(rows, alpha.shape[0])


def _image(pixels: Pixels, alpha: skia.AlphaType) -> skia.Image:
    return skia.Image.fromarray(np.ascontiguousarray(pixels), colorType=skia.kRGBA_8888_ColorType, alphaType=alpha)
