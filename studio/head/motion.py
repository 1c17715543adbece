"""How the head moves in every frame: sway, nods, blinks, brows, gaze, smile and hand."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.head.mouth import Mouth, Track
from studio.speech.speech import Speech

_BLINK = (0.45, 1.0, 0.75, 0.25)  # how far the lids are shut, frame by frame at 25 a second
_FIRST_BLINK = 0.9  # seconds
_BETWEEN_BLINKS = (1.8, 4.4)  # seconds
_WAVE_SECONDS = 2.2
_NOD_SECONDS = 0.7


@dataclass(frozen=True, slots=True)
class Pose:
    """One frame. Lengths are in units of a 720 high picture, angles in degrees, the rest 0..1."""

    opening: float
    width: float
    smile: float
    blink: float
    brows: float
    gaze_x: float
    gaze_y: float
    sway: float
    nod: float
    tilt: float
    breath: float
    hand: float
    hand_angle: float


@dataclass(frozen=True, slots=True)
class Manner:
    """What a gesture asks of the whole performance."""

    smile: float = 0.4
    nods: bool = False
    waves: bool = False
    explains: bool = False
    thinks: bool = False
    liveliness: float = 1.0


_MANNERS: dict[str, Manner] = {
    **dict.fromkeys(("friendly", "smile", "smiling", "happy", "welcoming", "warm"), Manner(smile=0.85)),
    **dict.fromkeys(("nod", "nodding", "agree", "yes"), Manner(nods=True)),
    **dict.fromkeys(("wave", "waving", "hello", "greeting", "hi", "greet"), Manner(smile=0.75, waves=True)),
    **dict.fromkeys(("hand", "hands", "explain", "explaining", "present", "point", "talking"), Manner(explains=True)),
    **dict.fromkeys(("thinking", "think", "thoughtful", "curious"), Manner(smile=0.2, thinks=True)),
    **dict.fromkeys(("excited", "energetic", "enthusiastic"), Manner(smile=0.8, explains=True, liveliness=1.7)),
    **dict.fromkeys(("serious", "formal", "calm", "still", "neutral", "none"), Manner(smile=0.12, liveliness=0.6)),
}


def manner_for(gesture: str | None) -> Manner:
    """The manner of the first word of a gesture that is known."""
    return next((_MANNERS[word] for word in _words(gesture or "") if word in _MANNERS), Manner())


def _words(gesture: str) -> list[str]:
    return re.split(r"[^a-z]+", gesture.lower())


def knows_gesture(gesture: str) -> bool:
    """Whether any word of a gesture is known."""
    return any(word in _MANNERS for word in _words(gesture))


def poses(speech: Speech, mouth: Mouth, *, fps: int, seed: int, manner: Manner) -> list[Pose]:
    """The pose of every frame."""
    count = len(mouth.opening)
    moments = np.arange(count) / fps
    random = np.random.default_rng(seed)
    phases = random.uniform(0, 2 * np.pi, 6)
    effort = _effort(mouth.energy, fps) * manner.liveliness
    hand, angle = _hand(moments, effort, speech.duration, manner)
    columns = (
        mouth.opening,
        mouth.width,
        np.clip(manner.smile * (1 - 0.45 * mouth.opening), 0, 1),
        _blinks(count, fps, random),
        np.clip(0.25 + 0.6 * effort * np.sin(1.3 * moments + phases[0]) + 0.2 * manner.thinks, 0, 1),
        3.2 * np.sin(0.53 * moments + phases[1]) + 1.6 * np.sin(1.9 * moments + phases[2]) + 6 * manner.thinks,
        1.2 * np.sin(0.7 * moments + phases[3]) - 5 * manner.thinks,
        6 * np.sin(0.8 * moments + phases[4]) + 4 * effort * np.sin(2.1 * moments),
        4 * np.sin(1.1 * moments + phases[5]) + 7 * effort + _nods(speech, moments, manner),
        1.4 * np.sin(0.6 * moments + phases[0]) + 1.3 * effort * np.sin(1.7 * moments) + 3 * manner.thinks,
        2.2 * np.sin(1.5 * moments),
        hand,
        angle,
    )
    return [Pose(*(float(value) for value in row)) for row in np.column_stack(columns)]


def _effort(energy: Track, fps: int) -> Track:
    """Loudness over about half a second: the head goes with the phrase, not with the syllable."""
    length = max(1, fps // 2)
    return np.convolve(
        np.pad(energy, (length // 2, length - 1 - length // 2), "edge"), np.ones(length) / length, "valid"
    )


def _blinks(count: int, fps: int, random: np.random.Generator) -> Track:
    shut = np.zeros(count)
    length = max(2, round(len(_BLINK) * fps / 25))
    curve = np.interp(np.linspace(0, len(_BLINK) - 1, length), range(len(_BLINK)), _BLINK)
    at = round(_FIRST_BLINK * fps)
    while at < count:
        kept = curve[: count - at]
        shut[at : at + len(kept)] = kept
        at += round(random.uniform(*_BETWEEN_BLINKS) * fps)
    return shut


def _nods(speech: Speech, moments: NDArray[np.float64], manner: Manner) -> Track:
    """A small nod where each phrase begins; a deep one where it ends when nodding was asked for."""
    total = np.zeros(len(moments))
    for phrase in speech.phonemes:
        total += 4 * _bump(moments - phrase.start)
        if manner.nods:
            total += 22 * _bump(moments - phrase.end + _NOD_SECONDS) + 14 * _bump(moments - phrase.end)
    return total


def _bump(since: NDArray[np.float64]) -> Track:
    inside = (since > 0) & (since < _NOD_SECONDS)
    return np.where(inside, np.sin(np.pi * since / _NOD_SECONDS) ** 2, 0.0)


def _hand(
    moments: NDArray[np.float64], effort: Track, duration: float, manner: Manner
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far the hand is raised, and its angle."""
    if manner.waves:
        end = min(_WAVE_SECONDS, duration)
        raised = np.clip(np.minimum(moments / 0.35, (end - moments) / 0.4), 0, 1)
        return _eased(raised), 20 * np.sin(2 * np.pi * 1.9 * moments)
    if manner.explains:
        raised = np.clip(np.minimum(moments / 0.5, (duration - moments) / 0.5), 0, 1)
        return 0.8 * _eased(raised) + 0.1 * effort * np.sin(2.6 * moments), -14 + 10 * np.sin(2.2 * moments)
    return np.zeros(len(moments)), np.zeros(len(moments))


def _eased(share: NDArray[np.float64]) -> NDArray[np.float64]:
    return share * share * (3 - 2 * share)
