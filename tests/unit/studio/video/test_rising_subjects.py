"""Rising subjects, such as a rocket that launches."""

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.image_rendering import layers
from studio.scene.prompt_parser import parse_prompt
from studio.video.video_rendering import render_text_video


def frames_of(path: Path) -> NDArray[np.int16]:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]).astype(np.int16)


def red_rows(frame: NDArray[np.int16]) -> NDArray[np.intp]:
    """Return the rows with red pixels: the nose and the fins of a rocket by day."""
    red = (frame[..., 0] > frame[..., 1] + 90) & (frame[..., 0] > frame[..., 2] + 90) & (frame[..., 1] < 110)
    return np.flatnonzero(red.sum(axis=1) > 1)


@pytest.mark.parametrize(("width", "height"), [(420, 180), (240, 136), (136, 240)])
@pytest.mark.parametrize("motion", ["low", "high"])
def test_a_launching_rocket_rises_and_stays_in_the_frame(tmp_path: Path, width: int, height: int, motion: str) -> None:
    path = tmp_path / "film.mp4"
    render_text_video(
        path, "a rocket launching at noon", width=width, height=height, duration=1.0, fps=8, seed=3, motion=motion,
        silent=True, report=lambda share: None,
    )  # fmt: skip
    tops = [int(red_rows(frame)[0]) for frame in frames_of(path)]

    assert min(tops) > 2
    assert tops[0] - tops[-1] > height * 0.12
    assert all(later <= sooner + 1 for sooner, later in pairwise(tops))


def test_a_rising_subject_has_its_own_layer() -> None:
    launched = layers("a rocket launching", 96, 96, seed=3, climbs=True)
    standing = layers("a rocket launching", 96, 96, seed=3)

    assert launched.climber is not None
    assert (launched.climber[..., 3] > 200).mean() > 0.01
    assert standing.climber is None
    assert layers("a castle", 96, 96, seed=3, climbs=True).climber is None


def test_a_launch_is_set_in_the_desert_unless_a_place_is_named() -> None:
    assert parse_prompt("a rocket launching").place == "desert"
    assert parse_prompt("a rocket launching by the sea").place == "sea"
    assert parse_prompt("a rocket").place == "space"
