"""One render under way in a worker: what was asked, where the files go, and what could not be done as asked."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kit.errors import InvalidInput
from kit.text import truncate
from providers.backend import JSON, Deviation
from studio.progress import Report
from studio.request import RenderRequest
from studio.video.output_size import Size, frame_size, requested_size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STAND_IN_SIZE = (1280, 720)  # pixels
SIZES = ("width", "height", "resolution", "aspectRatio")
APART_FROM_OPTIONS = {"seed"}  # honoured without being read here


@dataclass(frozen=True, slots=True)
class Workshop:
    """The places of a worker: for what it makes, for its voices, and for what it can make again."""

    directory: Path
    voices: Path
    cache: Path


class Task:
    """Reads the request on behalf of a renderer, and remembers what no renderer read."""

    def __init__(self, request: RenderRequest, place: Path, *, workshop: Workshop, report: Report) -> None:
        self.request = request
        self.place = place
        self.workshop = workshop
        self.report = report
        self._read: set[str] = set()
        self._notes: list[Deviation] = []

    @property
    def notes(self) -> tuple[Deviation, ...]:
        """What was not done as asked."""
        given = {name for name, value in self.request.options.items() if value is not None}
        ignored = sorted(given - self._read - APART_FROM_OPTIONS - self.request.unasked)
        unused = sorted(name for name in self.request.files if name not in self._read)
        return (
            *self._notes,
            *(
                Deviation(f"{name} is not simulated", f"options.{name}", requested=_cut(self.request.options[name]))
                for name in ignored
            ),
            *(Deviation(f"input.{name} is not simulated", f"input.{name}") for name in unused),
        )

    def note(self, reason: str, *, field: str | None = None, requested: JSON = None, used: JSON = None) -> None:
        self._notes.append(Deviation(reason, field, requested, used))

    def note_option(self, name: str, reason: str, *, used: JSON = None) -> None:
        """Tell that an option was not used as it was given."""
        place = "options" if self.request.options.get(name) is not None else "input"
        requested = self.request.options.get(name, self.request.input.get(name))
        self.note(reason, field=f"{place}.{name}", requested=_cut(requested), used=used)

    def asked(self, name: str) -> str | None:
        """A text that somebody gave; None also for one that stands there by default."""
        given = self.text(name)
        return None if name in self.request.unasked else given

    def prompt(self) -> str:
        """The text with the style and the negative of the prompt read beside it."""
        parts = (self.text("text"), self.text("style"))
        return ", ".join(part for part in parts if part)

    def negative(self) -> str:
        return self.text("negativePrompt") or self.text("negativeText") or ""

    def words(self) -> str:
        """The text to be spoken. Raises `InvalidInput` when there is none."""
        text = self.text("text")
        if text is None:
            raise InvalidInput("The local voices speak text, and there is none.", field="input.text")
        return text

    def text(self, name: str) -> str | None:
        """A text from the options or from the input; None when it is missing or blank."""
        self._read.add(name)
        for value in (self.request.options.get(name), self.request.input.get(name)):
            if isinstance(value, str) and value.strip():
                return value
        return None

    def flag(self, name: str) -> bool:
        self._read.add(name)
        return self.request.options.get(name) is True

    def number(self, name: str, default: float, *, least: float, most: float) -> float:
        """A number within limits, with a note when the one that was asked is outside them."""
        self._read.add(name)
        value = self.request.options.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return default
        used = min(most, max(least, value))
        if used != value:
            self.note_option(name, f"{name} {value:g} was rendered as {used:g}", used=used)
        return used

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """One of a few words, with a note when another was asked."""
        value = (self.text(name) or default).lower()
        if value in allowed:
            return value
        self.note_option(name, f"{name} {value} was rendered as {default}", used=default)
        return default

    def size(self, *, source: Size | None = None) -> Size:
        """The size to render, with a note when another was asked."""
        self._read |= set(SIZES)
        asked = requested_size(self.request.type, self.request.options, source=source)
        used = frame_size(self.request.type, asked)
        if any(abs(have - want) > 1 for have, want in zip(used, asked, strict=True)):
            wanted, made = (f"{width}x{height}" for width, height in (asked, used))
            field = next((f"options.{name}" for name in SIZES if self.request.options.get(name) is not None), None)
            self.note(f"{wanted} was rendered as {made}", field=field, requested=wanted, used=made)
        return used

    def pictures(self) -> "list[NDArray[np.uint8]]":
        """The pictures given, in order. One that is only an address is stood in for."""
        found = [load_picture(path) for path in self._picture_files()]
        if not found and (self.request.input.get("image") or self.request.input.get("images")):
            self.note("input.image was not fetched: a local picture stands in for it", field="input.image")
            found.append(self._stand_in())
        return found

    def _picture_files(self) -> Iterator[Path]:
        files = self.request.files
        numbered = sorted(
            (name for name in files if name.startswith("images.")), key=lambda name: int(name.removeprefix("images."))
        )
        for name in ("image", *numbered):
            if name in files:
                self._read.add(name)
                yield files[name]

    def _stand_in(self) -> "NDArray[np.uint8]":
        from studio.picture import paint

        address = repr(self.request.input.get("image") or self.request.input.get("images"))
        seed = int.from_bytes(hashlib.sha256(address.encode()).digest()[:4], "big") >> 1
        return paint(self.text("text") or "landscape", *STAND_IN_SIZE, seed=seed).pixels


def _cut(value: JSON) -> JSON:
    """A value as it is repeated in a note: never at length."""
    if isinstance(value, dict | list):
        return None
    return truncate(value, quoted=False) if isinstance(value, str) else value


def load_picture(path: Path) -> "NDArray[np.uint8]":
    """The pixels of a picture file, upright, RGB, white where it can be seen through."""
    import numpy as np
    from PIL import Image

    from kit.image_modes import over_white, upright

    with Image.open(path) as image:
        return np.asarray(over_white(upright(image)))
