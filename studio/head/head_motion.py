"""Head animation per frame: sway, nods, blinks, brows, gaze, smile and hand."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.head.lip_sync import FrameValues, MouthTrack
from studio.speech.synthesizer import Speech

_BLINK_CURVE = (0.45, 1.0, 0.75, 0.25)  # eyelid closure per frame at 25 frames per second; 1 is closed
_FIRST_BLINK_SECONDS = 0.9
_BLINK_INTERVAL_SECONDS = (1.8, 4.4)  # random within this range
_WAVE_SECONDS = 2.2
_NOD_SECONDS = 0.7


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Pose of the head in one frame. Lengths are units of a 720-unit canvas, angles in degrees, the rest 0..1."""

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
class GestureStyle:
    """Animation settings that a gesture selects for the whole video. `smile` is 0..1; `liveliness` scales movement."""

    smile: float = 0.4
    nods: bool = False
    waves: bool = False
    explains: bool = False
    thinks: bool = False
    liveliness: float = 1.0


_GESTURE_STYLES: dict[str, GestureStyle] = {
    **dict.fromkeys(("friendly", "smile", "smiling", "happy", "welcoming", "warm"), GestureStyle(smile=0.85)),
    **dict.fromkeys(("nod", "nodding", "agree", "yes"), GestureStyle(nods=True)),
    **dict.fromkeys(("wave", "waving", "hello", "greeting", "hi", "greet"), GestureStyle(smile=0.75, waves=True)),
    **dict.fromkeys(
        ("hand", "hands", "explain", "explaining", "present", "point", "talking"), GestureStyle(explains=True)
    ),
    **dict.fromkeys(("thinking", "think", "thoughtful", "curious"), GestureStyle(smile=0.2, thinks=True)),
    **dict.fromkeys(("excited", "energetic", "enthusiastic"), GestureStyle(smile=0.8, explains=True, liveliness=1.7)),
    **dict.fromkeys(
        ("serious", "formal", "calm", "still", "neutral", "none"), GestureStyle(smile=0.12, liveliness=0.6)
    ),
}


def gesture_style(gesture: str | None) -> GestureStyle:
    """Return the style of the first known word of a gesture, or the default style."""
    return next(
        (_GESTURE_STYLES[word] for word in _split_words(gesture or "") if word in _GESTURE_STYLES), GestureStyle()
    )


def _split_words(gesture: str) -> list[str]:
    return re.split(r"[^a-z]+", gesture.lower())


def is_known_gesture(gesture: str) -> bool:
    """Return whether any word of a gesture is known."""
    return any(word in _GESTURE_STYLES for word in _split_words(gesture))


def compute_poses(speech: Speech, mouth: MouthTrack, *, fps: int, seed: int, style: GestureStyle) -> list[HeadPose]:
    """Return the pose of every frame."""
    count = len(mouth.opening)
    times = np.arange(count) / fps
    random = np.random.default_rng(seed)
    phases = random.uniform(0, 2 * np.pi, 6)
    energy = _smoothed_energy(mouth.energy, fps) * style.liveliness
    hand, angle = _hand_motion(times, energy, speech.duration, style)
    columns = (
        mouth.opening,
        mouth.width,
        np.clip(style.smile * (1 - 0.45 * mouth.opening), 0, 1),
        _blinks(count, fps, random),
        np.clip(0.25 + 0.6 * energy * np.sin(1.3 * times + phases[0]) + 0.2 * style.thinks, 0, 1),
        3.2 * np.sin(0.53 * times + phases[1]) + 1.6 * np.sin(1.9 * times + phases[2]) + 6 * style.thinks,
        1.2 * np.sin(0.7 * times + phases[3]) - 5 * style.thinks,
        6 * np.sin(0.8 * times + phases[4]) + 4 * energy * np.sin(2.1 * times),
        4 * np.sin(1.1 * times + phases[5]) + 7 * energy + _nods(speech, times, style),
        1.4 * np.sin(0.6 * times + phases[0]) + 1.3 * energy * np.sin(1.7 * times) + 3 * style.thinks,
        2.2 * np.sin(1.5 * times),
        hand,
        angle,
    )
    return [HeadPose(*(float(value) for value in row)) for row in np.column_stack(columns)]


def _smoothed_energy(energy: FrameValues, fps: int) -> FrameValues:
    """Average the loudness over half a second, so that the head follows phrases rather than syllables."""
    length = max(1, fps // 2)
    return np.convolve(
        np.pad(energy, (length // 2, length - 1 - length // 2), "edge"), np.ones(length) / length, "valid"
    )


def _blinks(count: int, fps: int, random: np.random.Generator) -> FrameValues:
    closed = np.zeros(count)
    length = max(2, round(len(_BLINK_CURVE) * fps / 25))
    curve = np.interp(np.linspace(0, len(_BLINK_CURVE) - 1, length), range(len(_BLINK_CURVE)), _BLINK_CURVE)
    start = round(_FIRST_BLINK_SECONDS * fps)
    while start < count:
        visible = curve[: count - start]
        closed[start : start + len(visible)] = visible
        start += round(random.uniform(*_BLINK_INTERVAL_SECONDS) * fps)
    return closed


def _nods(speech: Speech, times: NDArray[np.float64], style: GestureStyle) -> FrameValues:
    """Return a small nod at the start of each phrase and, if the style nods, a deep one at its end."""
    total = np.zeros(len(times))
    for phrase in speech.phrases:
        total += 4 * _pulse(times - phrase.start)
        if style.nods:
            total += 22 * _pulse(times - phrase.end + _NOD_SECONDS) + 14 * _pulse(times - phrase.end)
    return total


def _pulse(elapsed: NDArray[np.float64]) -> FrameValues:
    inside = (elapsed > 0) & (elapsed < _NOD_SECONDS)
    return np.where(inside, np.sin(np.pi * elapsed / _NOD_SECONDS) ** 2, 0.0)


def _hand_motion(
    times: NDArray[np.float64], energy: FrameValues, duration: float, style: GestureStyle
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far the hand is raised (0 to 1) and its angle in degrees, per frame."""
    if style.waves:
        end = min(_WAVE_SECONDS, duration)
        raised = np.clip(np.minimum(times / 0.35, (end - times) / 0.4), 0, 1)
        return _smoothstep(raised), 20 * np.sin(2 * np.pi * 1.9 * times)
    if style.explains:
        raised = np.clip(np.minimum(times / 0.5, (duration - times) / 0.5), 0, 1)
        return 0.8 * _smoothstep(raised) + 0.1 * energy * np.sin(2.6 * times), -14 + 10 * np.sin(2.2 * times)
    return np.zeros(len(times)), np.zeros(len(times))


def _smoothstep(share: NDArray[np.float64]) -> NDArray[np.float64]:
    return share * share * (3 - 2 * share)
