"""Tests of rendered videos: motion, sound, prompt words, size and length."""

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.video.camera_path import CameraMove, CameraPose, camera_move
from studio.video.parallax import FOREGROUND_DEPTH, ParallaxVideo, layer_plane, vertical_focus
from studio.video.soundtrack import ambient_sounds, soundtrack
from studio.video.video_rendering import render_image_video, render_text_video
from studio.video.weather import create_weather

RATE = 44_100  # Hz


def render_prompt(
    path: Path,
    prompt: str = "a boat at sunset",
    *,
    size: tuple[int, int] = (160, 96),
    seed: int = 1,
    motion: str = "medium",
    silent: bool = True,
) -> list[float]:
    """Render a one-second video; return the reported progress."""
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


def render_image(
    path: Path, image: NDArray[np.uint8], *, last: NDArray[np.uint8] | None = None, prompt: str = ""
) -> None:
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


def decode_frames(path: Path) -> NDArray[np.float64]:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]).astype(float)


def checkered(color: tuple[int, int, int]) -> NDArray[np.uint8]:
    squares = np.indices((120, 200)).sum(axis=0) // 20 % 2
    return np.asarray(squares[..., None] * np.array(color), np.uint8)


@pytest.mark.parametrize("size", [(160, 96), (96, 160), (256, 256)])
def test_a_video_has_the_requested_size_and_length(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "render_prompt.mp4"
    render_prompt(path, size=size, silent=False)

    with av.open(str(path)) as container:
        video = container.streams.video[0]
        assert (video.width, video.height) == size
        assert video.codec_context.name == "h264"
        assert container.duration is not None
        assert container.duration / av.time_base == pytest.approx(1.0, abs=0.1)
        sound = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert sound.shape[1] / RATE == pytest.approx(1.0, abs=0.1)
    assert np.sqrt(np.mean(sound**2)) > 0.01


def test_the_image_moves_more_with_a_higher_motion_intensity(tmp_path: Path) -> None:
    differences = []
    for motion in ("low", "medium", "high"):
        render_prompt(tmp_path / f"{motion}.mp4", "a city, zoom in", motion=motion)
        frames = decode_frames(tmp_path / f"{motion}.mp4")
        assert np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2, 3)).min() > 0
        differences.append(np.abs(frames[-1] - frames[0]).mean())

    assert differences[0] < differences[1] < differences[2]


def test_the_same_seed_gives_the_same_bytes_and_another_prompt_or_seed_does_not(tmp_path: Path) -> None:
    first, again, other_prompt, other_seed = (tmp_path / f"{number}.mp4" for number in range(4))
    render_prompt(first, silent=False)
    render_prompt(again, silent=False)
    render_prompt(other_prompt, "a fox in the snow", silent=False)
    render_prompt(other_seed, seed=2, silent=False)

    assert first.read_bytes() == again.read_bytes()
    assert len({path.read_bytes() for path in (first, other_prompt, other_seed)}) == 3


def test_uninitialized_memory_does_not_show_in_the_first_frame() -> None:
    stale = np.full((1080, 1920, 4), 200, np.uint8)
    del stale
    scene = layer_plane(np.zeros((40, 40, 4), np.uint8))
    move = camera_move("pan left", seed=1, motion="low")
    film = ParallaxVideo(
        planes=(scene,), move=move, weather=create_weather("none", 1), width=1920, height=1080, frame_count=1, fps=10
    )

    assert next(film.frames()).max() == 0


def block_layer(*, rows: slice) -> NDArray[np.uint8]:
    """Return a layer of 100 rows with a white block in the given ones."""
    pixels = np.zeros((100, 160, 4), np.uint8)
    pixels[rows, 60:100] = 255
    return pixels


def still_camera_frames(scene: NDArray[np.uint8], *, floats: bool) -> NDArray[np.uint8]:
    """Return the frames seen by a camera that does not move."""
    pose = CameraPose(0.5, 0.5, 1.0)
    film = ParallaxVideo(
        planes=(layer_plane(np.full((100, 160, 4), (20, 40, 80, 255), np.uint8)), layer_plane(scene, floats=floats)),
        move=CameraMove("still", pose, pose),
        weather=create_weather("none", 1),
        width=320,
        height=200,
        frame_count=10,
        fps=10,
    )
    return np.stack([frame.copy() for frame in film.frames()])


def test_a_boat_rocks_on_the_water_while_the_camera_is_still() -> None:
    boat = block_layer(rows=slice(40, 70))

    assert (still_camera_frames(boat, floats=True).std(axis=0) > 0).any()
    assert not (still_camera_frames(boat, floats=False).std(axis=0) > 0).any()


def test_a_layer_that_reaches_the_ground_does_not_rock() -> None:
    scene = block_layer(rows=slice(40, 100))
    scene[95:] = 255

    assert not (still_camera_frames(scene, floats=True).std(axis=0) > 0).any()


def test_a_layer_is_drawn_at_its_position() -> None:
    frame = still_camera_frames(block_layer(rows=slice(40, 70)), floats=False)[0]

    assert frame[100, 160].tolist() == [255, 255, 255, 255]
    assert frame[100, 100].tolist() == frame[60, 160].tolist() == [20, 40, 80, 255]


def test_the_camera_aims_at_the_subject_of_a_layer() -> None:
    assert vertical_focus(block_layer(rows=slice(60, 100))) > 0.8
    assert vertical_focus(block_layer(rows=slice(5, 40))) < 0.2
    assert vertical_focus(block_layer(rows=slice(0, 0))) == 0.5


def test_the_camera_does_not_aim_at_branches_at_the_top_edge() -> None:
    scene = block_layer(rows=slice(60, 100))
    scene[:10, 60:100] = 255

    assert vertical_focus(scene) > 0.8


@pytest.mark.parametrize("prompt", ["zoom in", "pan left", "rise"])
@pytest.mark.parametrize("motion", ["low", "medium", "high"])
def test_feet_on_the_ground_stay_in_frame(prompt: str, motion: str) -> None:
    move = camera_move(prompt, seed=1, motion=motion, focus_y=0.9)

    for pose in (move.at(0.0), move.at(0.5), move.at(1.0)):
        zoom = 1 + (pose.zoom - 1) * FOREGROUND_DEPTH
        assert 1 - (1 - 1 / zoom) * (1 - pose.y) > 0.9


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    shares = render_prompt(tmp_path / "render_prompt.mp4")

    assert shares == sorted(shares)
    assert len(shares) == 12
    assert shares[-1] == 1.0


def test_a_silent_video_has_no_audio_stream(tmp_path: Path) -> None:
    render_prompt(tmp_path / "render_prompt.mp4", silent=True)

    with av.open(str(tmp_path / "render_prompt.mp4")) as container:
        assert not container.streams.audio


def test_camera_words_are_used_and_negative_words_are_not(tmp_path: Path) -> None:
    followed = render_text_video(
        tmp_path / "render_prompt.mp4",
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


def test_a_video_from_an_image_shows_the_image_moving(tmp_path: Path) -> None:
    render_image(tmp_path / "red.mp4", checkered((230, 30, 30)))

    frames = decode_frames(tmp_path / "red.mp4")
    assert frames[..., 0].mean() > 3 * frames[..., 2].mean()
    assert np.abs(frames[-1] - frames[0]).mean() > 1


def test_a_video_with_a_last_image_starts_with_one_and_ends_with_the_other(tmp_path: Path) -> None:
    render_image(tmp_path / "render_prompt.mp4", checkered((230, 30, 30)), last=checkered((30, 30, 230)))

    frames = decode_frames(tmp_path / "render_prompt.mp4")
    assert frames[0][..., 0].mean() > 2 * frames[0][..., 2].mean()
    assert frames[-1][..., 2].mean() > 2 * frames[-1][..., 0].mean()


def test_an_image_of_a_few_pixels_can_be_rendered(tmp_path: Path) -> None:
    render_image(tmp_path / "render_prompt.mp4", np.full((3, 5, 3), 128, np.uint8))

    assert decode_frames(tmp_path / "render_prompt.mp4").shape == (12, 96, 128, 3)


def test_snow_falls_on_an_image_whose_prompt_mentions_it(tmp_path: Path) -> None:
    night = np.zeros((96, 128, 3), np.uint8)
    render_image(tmp_path / "clear.mp4", night)
    render_image(tmp_path / "snow.mp4", night, prompt="snow falls")

    assert decode_frames(tmp_path / "clear.mp4").max() < 20
    assert decode_frames(tmp_path / "snow.mp4").max() > 100


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
def test_the_camera_move_follows_the_prompt_or_suits_the_setting(prompt: str, name: str) -> None:
    assert camera_move(prompt, seed=1, motion="medium").name == name


def test_the_camera_pans_to_the_named_side() -> None:
    left, right = (camera_move(f"pan {side}", seed=1, motion="high") for side in ("left", "right"))

    assert left.at(1.0).x < left.at(0.0).x
    assert right.at(1.0).x > right.at(0.0).x


@pytest.mark.parametrize(
    ("prompt", "weather", "sounds"),
    [
        ("a city", "rain", ("rain",)),
        ("a beach", "none", ("waves",)),
        ("a forest", "none", ("birds",)),
        ("a forest", "rain", ("rain",)),
        ("a storm at sea", "none", ("rain", "waves")),
        ("a cup of coffee", "none", ()),
    ],
)
def test_a_scene_has_the_ambient_sounds_of_its_contents(prompt: str, weather: str, sounds: tuple[str, ...]) -> None:
    assert ambient_sounds(prompt, weather) == sounds


@pytest.mark.parametrize("prompt", ["rain", "the sea", "a blizzard", "a campfire", "birds", "a clock"])
def test_a_soundtrack_is_audible_and_never_clips(prompt: str) -> None:
    samples = soundtrack(prompt, "none", 1.5, seed=1)

    assert samples.shape == (2, int(1.5 * RATE))
    assert np.abs(samples).max() < 1.0
    assert np.sqrt(np.mean(samples**2)) > 0.01


def test_a_video_from_an_image_takes_the_style_of_its_prompt(tmp_path: Path) -> None:
    render_image(tmp_path / "render_prompt.mp4", checkered((230, 30, 30)), prompt="film noir")

    frames = decode_frames(tmp_path / "render_prompt.mp4").astype(int)
    assert np.abs(frames[..., 0] - frames[..., 2]).mean() < 12
