"""Films from a prompt or from a picture, with sound."""

import math
import re
from collections.abc import Iterator
from pathlib import Path

from studio.encode import write_video
from studio.negation import affirmed
from studio.picture import layers, restyled
from studio.progress import Report
from studio.prompt_words import words_in, words_of
from studio.video.camera_path import FOLLOWING, camera_move
from studio.video.parallax import MIDDLE_OF_INTEREST, NEAR, Film, Pixels, interest_of, layer, photograph
from studio.video.soundtrack import soundtrack
from studio.video.weather import weather_called_for, weather_of

MARGIN = {"low": 1.1, "medium": 1.2, "high": 1.35}  # how much larger than the frame the scene is painted
AFLOAT = words_of(
    "boat boats ship ships sailing sailboat yacht canoe raft whale whales dolphin dolphins duck ducks swan swans fish "
    "submarine balloon balloons airship astronaut astronauts spaceship spacecraft ufo jellyfish turtle butterfly bird"
)
CLIMBING = words_of(
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
    """Film the scene of a prompt without what `negative` names; returns the words that shaped it.

    The same arguments give the same bytes.
    """
    wanted = _without(prompt, negative)
    spoken = set(words_in(wanted))
    size = _even(width * MARGIN[motion]), _even(height * MARGIN[motion])
    scene = layers(prompt, *size, seed=seed, negative=negative, climbs=bool(CLIMBING & spoken))
    move = camera_move(wanted, seed=seed, motion=motion, interest=interest_of(scene.front))
    planes = [layer(scene.back), layer(scene.front, depth=NEAR, floats=bool(AFLOAT & spoken))]
    if scene.climber is not None:
        move = FOLLOWING
        planes.append(layer(scene.climber, depth=NEAR, climbs=True))
    film = Film(
        planes=planes,
        move=move,
        weather=weather_of(scene.weather, seed),
        width=width,
        height=height,
        count=_frame_count(duration, fps),
        fps=fps,
    )
    _write(path, film, wanted, weather=scene.weather, seed=seed, silent=silent, report=report)
    return tuple(dict.fromkeys((*scene.followed, *move.asked)))


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
    """Film a picture (height x width x 3), dissolving into `last` where there is one."""
    prompt = affirmed(prompt)
    weather = weather_called_for(prompt)
    image = restyled(image, prompt, seed=seed)
    planes = [photograph(image, width, height)]
    if last is not None:
        planes.append(photograph(restyled(last, prompt, seed=seed), width, height, arrives=True))
    film = Film(
        planes=planes,
        move=camera_move(prompt, seed=seed, motion=motion, interest=MIDDLE_OF_INTEREST[1]),
        weather=weather_of(weather, seed),
        width=width,
        height=height,
        count=_frame_count(duration, fps),
        fps=fps,
    )
    _write(path, film, prompt, weather=weather, seed=seed, silent=silent, report=report)


def _write(path: Path, film: Film, prompt: str, *, weather: str, seed: int, silent: bool, report: Report) -> None:
    audio = None if silent else soundtrack(prompt, weather, film.count / film.fps, seed=seed)
    frames = _reported(film.frames(), film.count, report)
    write_video(path, frames, fps=film.fps, width=film.width, height=film.height, audio=audio)


def _reported(frames: Iterator[Pixels], count: int, report: Report) -> Iterator[Pixels]:
    for index, frame in enumerate(frames):
        yield frame
        report((index + 1) / count)


def _without(prompt: str, negative: str) -> str:
    """The prompt without the words that are not wanted."""
    asked, unwanted = affirmed(prompt), set(re.findall(r"\w+", negative.lower()))
    return re.sub(r"\w+", lambda word: "" if word[0].lower() in unwanted else word[0], asked) if unwanted else asked


def _frame_count(duration: float, fps: int) -> int:
    return max(2, round(duration * fps))


def _even(side: float) -> int:
    return math.ceil(side / 2) * 2
