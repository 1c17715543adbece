"""The camera of a film: which way it travels for a prompt, and where it is at each moment."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from studio.prompt_words import words_in, words_of

TRAVEL = {"low": 0.06, "medium": 0.16, "high": 0.28}  # how far it goes, as a share of the picture
EASE = 0.8  # share of the way that is eased; the rest is even, so that a film moves from its first frame
ZOOM_OUT = words_of("zoom out")

# Words that ask for a move, and words of settings that one suits.
ASKED: Mapping[str, frozenset[str]] = {
    "pull": words_of("pull pulls reveal reveals retreat retreats backward backwards"),
    "pan": words_of("pan pans panning panorama panoramic sweep sweeping tracking left right"),
    "rise": words_of("rise rises rising crane aerial drone fly flying soar soaring ascend ascending"),
    "push": words_of("push zoom zooms zooming dolly closeup close-up close approach approaching forward"),
}
SUITED: Mapping[str, frozenset[str]] = {
    "pan": words_of("sea ocean beach lake river desert dunes field fields meadow road train skyline valley"),
    "rise": words_of("mountain mountains tower castle skyscraper lighthouse waterfall trees"),
    "pull": words_of("space planet galaxy nebula astronaut island earth rocket balloon"),
    "push": words_of("city street house cabin room cave tunnel forest garden village portrait cat dog fox"),
}


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the camera looks: shares of the free way across and down, and how near it is."""

    across: float
    down: float
    zoom: float


@dataclass(frozen=True, slots=True)
class Move:
    """From one pose to another; `asked` are the words of the prompt that called for it."""

    name: str
    start: Pose
    end: Pose
    asked: tuple[str, ...] = ()

    def at(self, time: float) -> Pose:
        """The pose at a time from 0 to 1, gently off and gently to a halt."""
        share = (1 - EASE) * time + EASE * time * time * (3 - 2 * time)

        def between(start: float, end: float) -> float:
            return start + (end - start) * share

        return Pose(
            between(self.start.across, self.end.across),
            between(self.start.down, self.end.down),
            between(self.start.zoom, self.end.zoom),
        )


# Up after something that climbs faster than the camera does.
FOLLOWING = Move("follow", Pose(0.5, 0.85, 1.12), Pose(0.5, 0.1, 1.12))


def camera_move(prompt: str, *, seed: int, motion: str, interest: float = 0.5) -> Move:
    """The move that the prompt asks for, else one that suits its setting, else one by the seed.

    `interest` is how far down, from 0 to 1, there is what the camera comes near to.
    """
    words = words_in(prompt)
    generator = np.random.default_rng(seed)
    side = _side(words, generator)
    if set(words) >= ZOOM_OUT:
        return _move("pull", TRAVEL[motion], interest=interest, side=side, asked=("zoom", "out"))
    for name, calls in ASKED.items():
        if asked := tuple(dict.fromkeys(word for word in words if word in calls)):
            return _move(name, TRAVEL[motion], interest=interest, side=side, asked=asked)
    suited = [name for name, setting in SUITED.items() if setting & set(words)]
    name = suited[0] if suited else tuple(SUITED)[int(generator.integers(len(SUITED)))]
    return _move(name, TRAVEL[motion], interest=interest, side=side)


def _side(words: tuple[str, ...], generator: np.random.Generator) -> int:
    """1 to look further to the right, -1 to the left."""
    if ("left" in words) != ("right" in words):
        return 1 if "right" in words else -1
    return 1 if generator.random() < 0.5 else -1


def _move(name: str, travel: float, *, interest: float, side: int, asked: tuple[str, ...] = ()) -> Move:
    far, near = Pose(0.5, 0.5, 1.0), Pose(0.5 + 0.1 * side, interest, 1.0 + 1.4 * travel)
    match name:
        case "push":
            return Move(name, far, near, asked)
        case "pull":
            return Move(name, near, far, asked)
        case "pan":
            zoom = 1.0 + travel
            start, end = (Pose(0.5 + half, interest, zoom) for half in (-0.5 * side, 0.5 * side))
            return Move(name, start, end, asked)
        case "rise":
            # It ends further away, or what stands on the ground would sink out of sight.
            high = Pose(0.5 + 0.1 * side, 0.4, 1.0 + 0.1 * travel)
            return Move(name, Pose(0.5, 0.95, near.zoom), high, asked)
    raise ValueError(f"there is no camera move {name!r}")
