"""Films move, sound, follow their words and come out as asked."""

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.video.camera_path import Move, Pose, camera_move
from studio.video.parallax import NEAR, Film, interest_of, layer
from studio.video.soundtrack import heard_in, soundtrack
from studio.video.video import render_image_video, render_text_video
from studio.video.weather import weather_of

RATE = 44_100  # samples a second


def film(
    path: Path,
    prompt: str = "a boat at sunset",
    *,
    size: tuple[int, int] = (160, 96),
    seed: int = 1,
    motion: str = "medium",
    silent: bool = True,
) -> list[float]:
    """Makes a short film; returns what was reported."""
    shares: list[float] = []
    width, height = size
    render_text_video(
        path,
        prompt,
        width=width,
        height=height,
        duration=1.0,
        fps=12,
        seed=seed,
        motion=motion,
        silent=silent,
        report=shares.append,
    )
    return shares


def film_of(path: Path, image: NDArray[np.uint8], *, last: NDArray[np.uint8] | None = None, prompt: str = "") -> None:
    render_image_video(
        path,
        image,
        prompt,
        width=128,
        height=96,
        duration=1.0,
        fps=12,
        seed=2,
        motion="medium",
        silent=True,
        report=lambda share: None,
        last=last,
    )


def pictures(path: Path) -> NDArray[np.float64]:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]).astype(float)


def checkered(color: tuple[int, int, int]) -> NDArray[np.uint8]:
    squares = np.indices((120, 200)).sum(axis=0) // 20 % 2
    return np.asarray(squares[..., None] * np.array(color), np.uint8)


@pytest.mark.parametrize("size", [(160, 96), (96, 160), (256, 256)])
def test_a_film_has_the_size_and_length_that_were_asked(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "film.mp4"
    film(path, size=size, silent=False)

    with av.open(str(path)) as container:
        video = container.streams.video[0]
        assert (video.width, video.height) == size
        assert video.codec_context.name == "h264"
        assert container.duration is not None
        assert container.duration / av.time_base == pytest.approx(1.0, abs=0.1)
        sound = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert sound.shape[1] / RATE == pytest.approx(1.0, abs=0.1)
    assert np.sqrt(np.mean(sound**2)) > 0.01


def test_the_picture_moves_and_more_when_more_motion_is_asked(tmp_path: Path) -> None:
    travelled = []
    for motion in ("low", "medium", "high"):
        film(tmp_path / f"{motion}.mp4", "a city, zoom in", motion=motion)
        frames = pictures(tmp_path / f"{motion}.mp4")
        assert np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2, 3)).min() > 0
        travelled.append(np.abs(frames[-1] - frames[0]).mean())

    assert travelled[0] < travelled[1] < travelled[2]


def test_the_same_seed_gives_the_same_bytes_and_another_prompt_or_seed_does_not(tmp_path: Path) -> None:
    first, again, other_prompt, other_seed = (tmp_path / f"{number}.mp4" for number in range(4))
    film(first, silent=False)
    film(again, silent=False)
    film(other_prompt, "a fox in the snow", silent=False)
    film(other_seed, seed=2, silent=False)

    assert first.read_bytes() == again.read_bytes()
    assert len({path.read_bytes() for path in (first, other_prompt, other_seed)}) == 3


def test_nothing_that_was_in_memory_shows_through_the_first_frame() -> None:
    stale = np.full((1080, 1920, 4), 200, np.uint8)
    del stale
    scene = layer(np.zeros((40, 40, 4), np.uint8))
    move = camera_move("pan left", seed=1, motion="low")
    film = Film(planes=(scene,), move=move, weather=weather_of("none", 1), width=1920, height=1080, count=1, fps=10)

    assert next(film.frames()).max() == 0


def a_layer(*, rows: slice) -> NDArray[np.uint8]:
    """A white block in these rows of a hundred."""
    pixels = np.zeros((100, 160, 4), np.uint8)
    pixels[rows, 60:100] = 255
    return pixels


def held_still(scene: NDArray[np.uint8], *, floats: bool) -> NDArray[np.uint8]:
    """Frames of a camera that does not move."""
    pose = Pose(0.5, 0.5, 1.0)
    film = Film(
        planes=(layer(np.full((100, 160, 4), (20, 40, 80, 255), np.uint8)), layer(scene, floats=floats)),
        move=Move("still", pose, pose),
        weather=weather_of("none", 1),
        width=320,
        height=200,
        count=10,
        fps=10,
    )
    return np.stack([frame.copy() for frame in film.frames()])


def test_a_boat_rocks_on_the_water_though_the_camera_stands() -> None:
    boat = a_layer(rows=slice(40, 70))

    assert (held_still(boat, floats=True).std(axis=0) > 0).any()
    assert not (held_still(boat, floats=False).std(axis=0) > 0).any()


def test_what_stands_on_ground_does_not_rock() -> None:
    scene = a_layer(rows=slice(40, 100))
    scene[95:] = 255

    assert not (held_still(scene, floats=True).std(axis=0) > 0).any()


def test_a_layer_is_seen_where_it_lies() -> None:
    frame = held_still(a_layer(rows=slice(40, 70)), floats=False)[0]

    assert frame[100, 160].tolist() == [255, 255, 255, 255]
    assert frame[100, 100].tolist() == frame[60, 160].tolist() == [20, 40, 80, 255]


def test_the_camera_aims_at_what_a_layer_shows() -> None:
    assert interest_of(a_layer(rows=slice(60, 100))) > 0.8
    assert interest_of(a_layer(rows=slice(5, 40))) < 0.2
    assert interest_of(a_layer(rows=slice(0, 0))) == 0.5


def test_the_camera_does_not_aim_at_branches_that_hang_into_the_picture() -> None:
    scene = a_layer(rows=slice(60, 100))
    scene[:10, 60:100] = 255

    assert interest_of(scene) > 0.8


@pytest.mark.parametrize("prompt", ["zoom in", "pan left", "rise"])
@pytest.mark.parametrize("motion", ["low", "medium", "high"])
def test_feet_on_the_ground_stay_in_sight(prompt: str, motion: str) -> None:
    move = camera_move(prompt, seed=1, motion=motion, interest=0.9)

    for pose in (move.at(0.0), move.at(0.5), move.at(1.0)):
        zoom = 1 + (pose.zoom - 1) * NEAR
        assert 1 - (1 - 1 / zoom) * (1 - pose.down) > 0.9


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    shares = film(tmp_path / "film.mp4")

    assert shares == sorted(shares)
    assert len(shares) == 12
    assert shares[-1] == 1.0


def test_a_silent_film_has_no_sound_track(tmp_path: Path) -> None:
    film(tmp_path / "film.mp4", silent=True)

    with av.open(str(tmp_path / "film.mp4")) as container:
        assert not container.streams.audio


def test_words_for_the_camera_are_followed_and_unwanted_words_are_not(tmp_path: Path) -> None:
    followed = render_text_video(
        tmp_path / "film.mp4",
        "a castle at sunset, panning left",
        width=64,
        height=64,
        duration=0.2,
        fps=10,
        seed=1,
        negative="castle",
        silent=True,
        report=lambda share: None,
    )

    assert "panning" in followed
    assert "sunset" in followed
    assert "castle" not in followed


def test_a_film_from_a_picture_shows_the_picture_moving(tmp_path: Path) -> None:
    film_of(tmp_path / "red.mp4", checkered((230, 30, 30)))

    frames = pictures(tmp_path / "red.mp4")
    assert frames[..., 0].mean() > 3 * frames[..., 2].mean()
    assert np.abs(frames[-1] - frames[0]).mean() > 1


def test_a_film_with_a_last_picture_begins_with_one_and_ends_with_the_other(tmp_path: Path) -> None:
    film_of(tmp_path / "film.mp4", checkered((230, 30, 30)), last=checkered((30, 30, 230)))

    frames = pictures(tmp_path / "film.mp4")
    assert frames[0][..., 0].mean() > 2 * frames[0][..., 2].mean()
    assert frames[-1][..., 2].mean() > 2 * frames[-1][..., 0].mean()


def test_a_picture_of_a_few_pixels_can_be_filmed(tmp_path: Path) -> None:
    film_of(tmp_path / "film.mp4", np.full((3, 5, 3), 128, np.uint8))

    assert pictures(tmp_path / "film.mp4").shape == (12, 96, 128, 3)


def test_snow_falls_on_a_picture_whose_prompt_speaks_of_it(tmp_path: Path) -> None:
    night = np.zeros((96, 128, 3), np.uint8)
    film_of(tmp_path / "clear.mp4", night)
    film_of(tmp_path / "snow.mp4", night, prompt="snow falls")

    assert pictures(tmp_path / "clear.mp4").max() < 20
    assert pictures(tmp_path / "snow.mp4").max() > 100


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("zoom in on a cup", "push"),
        ("zoom out from a cup", "pull"),
        ("a close-up of a sea", "push"),
        ("pan over a castle", "pan"),
        ("drone flying over the sea", "rise"),
        ("a calm sea", "pan"),
        ("a tall tower", "rise"),
        ("a planet", "pull"),
    ],
)
def test_the_camera_does_what_the_words_ask_or_the_setting_suits(prompt: str, name: str) -> None:
    assert camera_move(prompt, seed=1, motion="medium").name == name


def test_the_camera_looks_to_the_side_that_is_named() -> None:
    left, right = (camera_move(f"pan {side}", seed=1, motion="high") for side in ("left", "right"))

    assert left.at(1.0).across < left.at(0.0).across
    assert right.at(1.0).across > right.at(0.0).across


@pytest.mark.parametrize(
    ("prompt", "weather", "heard"),
    [
        ("a city", "rain", ("rain",)),
        ("a beach", "none", ("waves",)),
        ("a forest", "none", ("birds",)),
        ("a forest", "rain", ("rain",)),
        ("a storm at sea", "none", ("rain", "waves")),
        ("a cup of coffee", "none", ()),
    ],
)
def test_a_scene_sounds_like_what_is_in_it(prompt: str, weather: str, heard: tuple[str, ...]) -> None:
    assert heard_in(prompt, weather) == heard


@pytest.mark.parametrize("prompt", ["rain", "the sea", "a blizzard", "a campfire", "birds", "a clock"])
def test_a_soundtrack_is_audible_and_never_clips(prompt: str) -> None:
    samples = soundtrack(prompt, "none", 1.5, seed=1)

    assert samples.shape == (2, int(1.5 * RATE))
    assert np.abs(samples).max() < 1.0
    assert np.sqrt(np.mean(samples**2)) > 0.01


def test_a_film_from_a_picture_takes_on_the_style_of_its_prompt(tmp_path: Path) -> None:
    film_of(tmp_path / "film.mp4", checkered((230, 30, 30)), prompt="film noir")

    frames = pictures(tmp_path / "film.mp4").astype(int)
    assert np.abs(frames[..., 0] - frames[..., 2]).mean() < 12
