"""The context of one render: typed access to the request, the output directory, and the adjustments of the request."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kit.errors import InvalidInput
from kit.text import truncate
from providers.backend import JSON, Adjustment
from studio.progress import Report
from studio.request import RenderRequest
from studio.video.output_size import Size, frame_size, requested_size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PLACEHOLDER_SIZE = (1280, 720)  # pixels
SIZE_OPTIONS = ("width", "height", "resolution", "aspectRatio")
READ_ELSEWHERE = {"seed"}  # used without going through the methods of `Task`


@dataclass(frozen=True, slots=True)
class WorkerDirectories:
    """The directories of a worker: outputs, voice files, and the cache of assembled models."""

    directory: Path
    voices: Path
    cache: Path


class Task:
    """Gives a renderer access to the request, and records which options and inputs it did not read."""

    def __init__(
        self, request: RenderRequest, directory: Path, *, directories: WorkerDirectories, report: Report
    ) -> None:
        self.request = request
        self.directory = directory
        self.directories = directories
        self.report = report
        self._read: set[str] = set()
        self._adjustments: list[Adjustment] = []

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """Adjustments of the request, including every option and input that was not read."""
        given = {name for name, value in self.request.options.items() if value is not None}
        ignored = sorted(given - self._read - READ_ELSEWHERE - self.request.defaulted_options)
        unused = sorted(name for name in self.request.files if name not in self._read)
        return (
            *self._adjustments,
            *(
                Adjustment(
                    f"{name} is not simulated", f"options.{name}", requested=_loggable(self.request.options[name])
                )
                for name in ignored
            ),
            *(Adjustment(f"input.{name} is not simulated", f"input.{name}") for name in unused),
        )

    def add_adjustment(
        self, reason: str, *, field: str | None = None, requested: JSON = None, used: JSON = None
    ) -> None:
        self._adjustments.append(Adjustment(reason, field, requested, used))

    def report_option(self, name: str, reason: str, *, used: JSON = None) -> None:
        """Record that an option was not used as given."""
        parent = "options" if self.request.options.get(name) is not None else "input"
        requested = self.request.options.get(name, self.request.input.get(name))
        self.add_adjustment(reason, field=f"{parent}.{name}", requested=_loggable(requested), used=used)

    def explicit_text(self, name: str) -> str | None:
        """Return a text, or None if it is missing, blank or the default."""
        given = self.text(name)
        return None if name in self.request.defaulted_options else given

    def prompt(self) -> str:
        """Return the text, followed by the style."""
        parts = (self.text("text"), self.text("style"))
        return ", ".join(part for part in parts if part)

    def negative(self) -> str:
        return self.text("negativePrompt") or self.text("negativeText") or ""

    def speech_text(self) -> str:
        """Return the text to speak. Raises `InvalidInput` if there is none."""
        text = self.text("text")
        if text is None:
            raise InvalidInput("Local speech needs a text to speak, and the request has none.", field="input.text")
        return text

    def text(self, name: str) -> str | None:
        """Return a text from the options or the input, or None if it is missing or blank."""
        self._read.add(name)
        for value in (self.request.options.get(name), self.request.input.get(name)):
            if isinstance(value, str) and value.strip():
                return value
        return None

    def flag(self, name: str) -> bool:
        self._read.add(name)
        return self.request.options.get(name) is True

    def number(self, name: str, default: float, *, minimum: float, maximum: float) -> float:
        """Return a number option, clamped to the limits, with an adjustment."""
        self._read.add(name)
        value = self.request.options.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return default
        used = min(maximum, max(minimum, value))
        if used != value:
            self.report_option(name, f"{name} {value:g} was rendered as {used:g}", used=used)
        return used

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """Return an option in lower case; the default, with an adjustment, for a value that is not allowed."""
        value = (self.text(name) or default).lower()
        if value in allowed:
            return value
        self.report_option(name, f"{name} {value} was rendered as {default}", used=default)
        return default

    def size(self, *, source: Size | None = None) -> Size:
        """Return the output size, with an adjustment if it differs from the requested one."""
        self._read |= set(SIZE_OPTIONS)
        requested = requested_size(self.request.type, self.request.options, source=source)
        used = frame_size(self.request.type, requested)
        if any(abs(side - requested_side) > 1 for side, requested_side in zip(used, requested, strict=True)):
            wanted, made = (f"{width}x{height}" for width, height in (requested, used))
            field = next(
                (f"options.{name}" for name in SIZE_OPTIONS if self.request.options.get(name) is not None), None
            )
            self.add_adjustment(f"{wanted} was rendered as {made}", field=field, requested=wanted, used=made)
        return used

    def pictures(self) -> "list[NDArray[np.uint8]]":
        """Return the input images in order. An image URL that was not fetched is replaced with a placeholder."""
        images = [load_picture(path) for path in self._picture_files()]
        if not images and (self.request.input.get("image") or self.request.input.get("images")):
            self.add_adjustment(
                "input.image was not fetched: a generated image was used in its place", field="input.image"
            )
            images.append(self._placeholder())
        return images

    def _picture_files(self) -> Iterator[Path]:
        files = self.request.files
        numbered = sorted(
            (name for name in files if name.startswith("images.")), key=lambda name: int(name.removeprefix("images."))
        )
        for name in ("image", *numbered):
            if name in files:
                self._read.add(name)
                yield files[name]

    def _placeholder(self) -> "NDArray[np.uint8]":
        from studio.image_rendering import paint

        source = repr(self.request.input.get("image") or self.request.input.get("images"))
        seed = int.from_bytes(hashlib.sha256(source.encode()).digest()[:4], "big") >> 1
        return paint(self.text("text") or "landscape", *PLACEHOLDER_SIZE, seed=seed).pixels


def _loggable(value: JSON) -> JSON:
    """Return a value truncated for an adjustment; None for a list or an object."""
    if isinstance(value, dict | list):
        return None
    return truncate(value, quoted=False) if isinstance(value, str) else value


def load_picture(path: Path) -> "NDArray[np.uint8]":
    """Return the sRGB pixels of an image file, with its EXIF orientation applied and composited over white."""
    import numpy as np
    from PIL import Image

    from kit.image_modes import in_srgb, over_white, upright

    with Image.open(path) as image:
        return np.asarray(over_white(in_srgb(upright(image))))
