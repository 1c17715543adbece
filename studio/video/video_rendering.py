"""Videos rendered from a prompt or an image, with sound."""

import math
import re
from collections.abc import Iterator
from pathlib import Path

from studio.encode import write_video
from studio.image_rendering import layers, restyled
from studio.negation import without_negations
from studio.progress import Report
from studio.prompt_words import words_in, words_of
from studio.video.camera_path import FOLLOW_MOVE, camera_move
from studio.video.parallax import (
    CROP_CENTRE,
    FOREGROUND_DEPTH,
    ParallaxVideo,
    Pixels,
    layer_plane,
    photo_plane,
    vertical_focus,
)
from studio.video.soundtrack import soundtrack
from studio.video.weather import create_weather, weather_in_prompt

SCENE_OVERSCAN = {"low": 1.1, "medium": 1.2, "high": 1.35}  # scene size relative to the frame
FLOATING_WORDS = words_of(
    "boat boats ship ships sailing sailboat yacht canoe raft whale whales dolphin dolphins duck ducks swan swans fish "
    "submarine balloon balloons airship astronaut astronauts spaceship spacecraft ufo jellyfish turtle butterfly bird"
)
CLIMBING_WORDS = words_of(
    "launch launches launching launched liftoff lift-off lifting takeoff take-off taking blast-off blasting blastoff"
    " ascend ascends ascending rising rises climbing climbs soaring soars"
)


def render_text_video(
    path: Path,
    prompt: str,
    *,
    width: int,
    height: int,
    duration: float,
    fps: int = 24,
    seed: int,
    motion: str = "medium",
    negative: str = "",
    silent: bool = False,
    report: Report,
) -> tuple[str, ...]:
    """Render the scene of a prompt without what `negative` names; return the words of the prompt that were used.

    The same arguments give the same bytes.
    """
    scene_prompt = _remove_negative_words(prompt, negative)
    words = set(words_in(scene_prompt))
    size = _round_up_to_even(width * SCENE_OVERSCAN[motion]), _round_up_to_even(height * SCENE_OVERSCAN[motion])
    scene = layers(prompt, *size, seed=seed, negative=negative, climbs=bool(CLIMBING_WORDS & words))
    move = camera_move(scene_prompt, seed=seed, motion=motion, focus_y=vertical_focus(scene.front))
    foreground = layer_plane(scene.front, depth=FOREGROUND_DEPTH, floats=bool(FLOATING_WORDS & words))
    planes = [layer_plane(scene.back), foreground]
    if scene.climber is not None:
        move = FOLLOW_MOVE
        planes.append(layer_plane(scene.climber, depth=FOREGROUND_DEPTH, climbs=True))
    video = ParallaxVideo(
        planes=planes,
        move=move,
        weather=create_weather(scene.weather, seed),
        width=width,
        height=height,
        frame_count=_frame_count(duration, fps),
        fps=fps,
    )
    _write(path, video, scene_prompt, weather=scene.weather, seed=seed, silent=silent, report=report)
    return tuple(dict.fromkeys((*scene.followed, *move.matched_words)))


def render_image_video(
    path: Path,
    image: Pixels,
    prompt: str,
    *,
    width: int,
    height: int,
    duration: float,
    fps: int,
    seed: int,
    motion: str,
    silent: bool,
    report: Report,
    last: Pixels | None = None,
) -> None:
    """Render a video of an image (height x width x 3), fading to `last` if given."""
    prompt = without_negations(prompt)
    weather = weather_in_prompt(prompt)
    image = restyled(image, prompt, seed=seed)
    planes = [photo_plane(image, width, height)]
    if last is not None:
        planes.append(photo_plane(restyled(last, prompt, seed=seed), width, height, fades_in=True))
    video = ParallaxVideo(
        planes=planes,
        move=camera_move(prompt, seed=seed, motion=motion, focus_y=CROP_CENTRE[1]),
        weather=create_weather(weather, seed),
        width=width,
        height=height,
        frame_count=_frame_count(duration, fps),
        fps=fps,
    )
    _write(path, video, prompt, weather=weather, seed=seed, silent=silent, report=report)


def _write(
    path: Path, video: ParallaxVideo, prompt: str, *, weather: str, seed: int, silent: bool, report: Report
) -> None:
    audio = None if silent else soundtrack(prompt, weather, video.frame_count / video.fps, seed=seed)
    frames = _with_progress(video.frames(), video.frame_count, report)
    write_video(path, frames, fps=video.fps, width=video.width, height=video.height, audio=audio)


def _with_progress(frames: Iterator[Pixels], count: int, report: Report) -> Iterator[Pixels]:
    for index, frame in enumerate(frames):
        yield frame
        report((index + 1) / count)


def _remove_negative_words(prompt: str, negative: str) -> str:
    """Return the prompt without its negated parts and without the words of `negative`."""
    positive, removed = without_negations(prompt), set(re.findall(r"\w+", negative.lower()))
    return re.sub(r"\w+", lambda word: "" if word[0].lower() in removed else word[0], positive) if removed else positive


def _frame_count(duration: float, fps: int) -> int:
    return max(2, round(duration * fps))


def _round_up_to_even(side: float) -> int:
    return math.ceil(side / 2) * 2
