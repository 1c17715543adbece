"""Camera moves for a video: the move selected by a prompt and the pose at each time."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from studio.prompt_words import words_in, words_of

TRAVEL = {"low": 0.06, "medium": 0.16, "high": 0.28}  # distance by motion intensity, as a share of the image
EASED_SHARE = 0.8  # share of the move that is eased; the rest is linear, so that the first frames already move
ZOOM_OUT_WORDS = words_of("zoom out")

# Words that name a move, and words for settings that a move suits.
MOVE_WORDS: Mapping[str, frozenset[str]] = {
    "pull": words_of("pull pulls reveal reveals retreat retreats backward backwards"),
    "pan": words_of("pan pans panning panorama panoramic sweep sweeping tracking left right"),
    "rise": words_of("rise rises rising crane aerial drone fly flying soar soaring ascend ascending"),
    "push": words_of("push zoom zooms zooming dolly closeup close-up close approach approaching forward"),
}
SETTING_WORDS: Mapping[str, frozenset[str]] = {
    "pan": words_of("sea ocean beach lake river desert dunes field fields meadow road train skyline valley"),
    "rise": words_of("mountain mountains tower castle skyscraper lighthouse waterfall trees"),
    "pull": words_of("space planet galaxy nebula astronaut island earth rocket balloon"),
    "push": words_of("city street house cabin room cave tunnel forest garden village portrait cat dog fox"),
}


@dataclass(frozen=True, slots=True)
class CameraPose:
    """Position of the camera: horizontal and vertical share (0 to 1) of the range left by the zoom, and the zoom."""

    x: float
    y: float
    zoom: float


@dataclass(frozen=True, slots=True)
class CameraMove:
    """A move from one pose to another; `matched_words` are the words of the prompt that selected it."""

    name: str
    start: CameraPose
    end: CameraPose
    matched_words: tuple[str, ...] = ()

    def at(self, time: float) -> CameraPose:
        """Return the pose at a time from 0 to 1, with easing in and out."""
        share = (1 - EASED_SHARE) * time + EASED_SHARE * time * time * (3 - 2 * time)

        def interpolate(start: float, end: float) -> float:
            return start + (end - start) * share

        return CameraPose(
            interpolate(self.start.x, self.end.x),
            interpolate(self.start.y, self.end.y),
            interpolate(self.start.zoom, self.end.zoom),
        )


# Pans up after a subject that climbs faster than the camera.
FOLLOW_MOVE = CameraMove("follow", CameraPose(0.5, 0.85, 1.12), CameraPose(0.5, 0.1, 1.12))


def camera_move(prompt: str, *, seed: int, motion: str, focus_y: float = 0.5) -> CameraMove:
    """Return the move named in the prompt, else one that suits its setting, else one chosen by the seed.

    `focus_y` is the vertical position, from 0 to 1, that the camera moves towards.
    """
    words = words_in(prompt)
    generator = np.random.default_rng(seed)
    direction = _pan_direction(words, generator)
    if set(words) >= ZOOM_OUT_WORDS:
        return _move("pull", TRAVEL[motion], focus_y=focus_y, direction=direction, matched_words=("zoom", "out"))
    for name, keywords in MOVE_WORDS.items():
        if matched_words := tuple(dict.fromkeys(word for word in words if word in keywords)):
            return _move(name, TRAVEL[motion], focus_y=focus_y, direction=direction, matched_words=matched_words)
    suitable = [name for name, keywords in SETTING_WORDS.items() if keywords & set(words)]
    name = suitable[0] if suitable else tuple(SETTING_WORDS)[int(generator.integers(len(SETTING_WORDS)))]
    return _move(name, TRAVEL[motion], focus_y=focus_y, direction=direction)


def _pan_direction(words: tuple[str, ...], generator: np.random.Generator) -> int:
    """Return 1 to pan right, -1 to pan left."""
    if ("left" in words) != ("right" in words):
        return 1 if "right" in words else -1
    return 1 if generator.random() < 0.5 else -1


def _move(
    name: str, travel: float, *, focus_y: float, direction: int, matched_words: tuple[str, ...] = ()
) -> CameraMove:
    far, near = CameraPose(0.5, 0.5, 1.0), CameraPose(0.5 + 0.1 * direction, focus_y, 1.0 + 1.4 * travel)
    match name:
        case "push":
            return CameraMove(name, far, near, matched_words)
        case "pull":
            return CameraMove(name, near, far, matched_words)
        case "pan":
            zoom = 1.0 + travel
            start, end = (CameraPose(0.5 + offset, focus_y, zoom) for offset in (-0.5 * direction, 0.5 * direction))
            return CameraMove(name, start, end, matched_words)
        case "rise":
            # Zoomed out at the end, so that subjects on the ground stay in frame.
            high = CameraPose(0.5 + 0.1 * direction, 0.4, 1.0 + 0.1 * travel)
            return CameraMove(name, CameraPose(0.5, 0.95, near.zoom), high, matched_words)
    raise ValueError(f"unknown camera move {name!r}")
