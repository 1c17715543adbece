"""Tests of the talking head: lip sync, appearance and the rendered video."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import skia
from numpy.typing import NDArray

from studio.avatar import NOT_ANIMATED, render_avatar, render_portrait
from studio.head.appearance import FEMININE_HAIR_STYLES, HEADSCARF, MASCULINE_HAIR_STYLES, Look, avatar_look
from studio.head.avatar_presets import PRESETS
from studio.head.backdrop import render_backdrop
from studio.head.body import draw_body
from studio.head.face import draw_back_of_head, draw_head, draw_neck
from studio.head.head_motion import HeadPose, compute_poses, gesture_style
from studio.head.lip_sync import mouth_track
from studio.speech.synthesizer import VOICES, Phrase, Speech

RATE = 24_000
SIDE = 160  # pixels
FPS = 25


def ignore_progress(_share: float) -> None:
    return None


@pytest.fixture
def speech() -> Speech:
    """Half a second of silence, one second of a tone in place of speech, half a second of silence."""
    tone = 0.3 * np.sin(2 * np.pi * 180 * np.arange(RATE) / RATE)
    samples = np.concatenate([np.zeros(RATE // 2), tone, np.zeros(RATE // 2)]).astype(np.float32)
    return Speech(samples, RATE, (Phrase("Mama, Mama.", "mˈɑmə mˈɑmə", 0.5, 1.5),))


def render_video(path: Path, speech: Speech, *, avatar: str | None = "kate", gesture: str | None = None) -> Path:
    render_avatar(
        path,
        speech,
        width=SIDE,
        height=SIDE,
        seed=5,
        look=avatar_look(avatar, seed=5),
        background="white",
        gesture=gesture,
        report=ignore_progress,
    )
    return path


def render_still(look: Look) -> NDArray[np.int64]:
    """Return an image of the head in a neutral pose."""
    canvas_pixels = np.full((720, 720, 4), 255, np.uint8)
    canvas = skia.Surface(canvas_pixels, colorType=skia.kRGBA_8888_ColorType).getCanvas()
    pose = HeadPose(0, 1, 0.3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    draw_back_of_head(canvas, look, pose)
    draw_neck(canvas, look, pose)
    draw_body(canvas, look, pose)
    draw_head(canvas, look, pose)
    return canvas_pixels.astype(np.int64)


def decode_frames(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]


def test_the_mouth_opens_with_the_audio_and_closes_in_silence(speech: Speech) -> None:
    track = mouth_track(speech, fps=FPS)

    assert len(track.opening) == 50
    assert track.opening[:10].max() == 0
    assert track.opening[-10:].max() == 0
    assert track.opening[14:36].max() > 0.5
    assert np.ptp(track.opening[14:36]) > 0.3


def test_phoneme_times_determine_the_mouth_shape(speech: Speech) -> None:
    phrase = Phrase("ma", "mɑ", 0.5, 1.5, (0.5, 1.1, 1.5))
    track = mouth_track(Speech(speech.samples, RATE, (phrase,)), fps=FPS)

    assert track.opening[20] < 0.1
    assert track.opening[32] > 0.7


def test_the_mouth_is_dark_only_while_it_speaks(tmp_path: Path, speech: Speech) -> None:
    pictures = decode_frames(render_video(tmp_path / "a.mp4", speech))
    mouths = [picture[92:112, 66:94].astype(int) for picture in pictures]
    dark = [int((mouth.sum(axis=2) < 220).sum()) for mouth in mouths]

    assert max(dark[14:36]) > max(dark[:10]) + 10


def test_the_video_has_audio(tmp_path: Path, speech: Speech) -> None:
    shares: list[float] = []
    path = tmp_path / "a.mp4"
    render_avatar(
        path,
        speech,
        width=SIDE,
        height=SIDE,
        fps=FPS,
        seed=1,
        look=avatar_look(None, seed=1),
        background=None,
        gesture=None,
        report=shares.append,
    )

    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.width, video.height) == (SIDE, SIDE)
        assert audio.codec_context.name == "aac"
        assert container.duration is not None
        assert abs(container.duration / 1e6 - speech.duration) < 0.1
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_the_same_request_gives_the_same_bytes(tmp_path: Path, speech: Speech) -> None:
    assert (
        render_video(tmp_path / "a.mp4", speech).read_bytes() == render_video(tmp_path / "b.mp4", speech).read_bytes()
    )


def test_each_name_has_its_own_face() -> None:
    assert avatar_look("kate", seed=1) == avatar_look("Kate", seed=2)
    assert len({avatar_look(f"avatar-{number}", seed=0) for number in range(20)}) > 15
    assert avatar_look("kate", seed=1).feminine
    assert not avatar_look("john", seed=1).feminine
    assert avatar_look("professional-1", seed=1).clothes == "blazer"


def test_only_waving_raises_the_hand(speech: Speech) -> None:
    track = mouth_track(speech, fps=FPS)
    waving = compute_poses(speech, track, fps=FPS, seed=1, style=gesture_style(["a", "friendly", "wave"][-1]))
    still = compute_poses(speech, track, fps=FPS, seed=1, style=gesture_style(None))

    assert max(pose.hand for pose in waving) > 0.9
    assert max(pose.hand for pose in still) == 0


def test_the_head_blinks_and_moves_continuously(speech: Speech) -> None:
    moves = compute_poses(speech, mouth_track(speech, fps=FPS), fps=FPS, seed=1, style=gesture_style("smile"))

    assert max(pose.blink for pose in moves) == 1
    assert len({pose.sway for pose in moves}) == len(moves)
    assert gesture_style("smile").smile > gesture_style("serious").smile


@pytest.mark.parametrize(
    "description", ["modern_office", "studio", "beach", "#336699", "navy blue", "whatever", None, ""]
)
def test_every_background_is_rendered(description: str | None) -> None:
    picture = render_backdrop(description, 96, 64, seed=3)

    assert picture.shape == (64, 96, 4)
    assert (picture[..., 3] == 255).all()
    assert picture[..., :3].std() > 0.5


def test_a_colour_is_the_background() -> None:
    red, green, blue = render_backdrop("#336699", 64, 64, seed=0)[..., :3].mean(axis=(0, 1))

    assert abs(red - 0x33) < 12
    assert abs(green - 0x66) < 14
    assert abs(blue - 0x99) < 20


@pytest.mark.parametrize(("width", "height"), [(96, 160), (160, 96), (64, 64)])
def test_every_aspect_ratio_shows_the_head(tmp_path: Path, speech: Speech, width: int, height: int) -> None:
    path = tmp_path / "a.mp4"
    render_avatar(
        path,
        speech,
        width=width,
        height=height,
        fps=8,
        seed=1,
        look=avatar_look("leo", seed=1),
        background="white",
        gesture="wave",
        report=ignore_progress,
    )

    middle = decode_frames(path)[0][height // 3 : height // 2, width // 3 : -width // 3]
    assert middle.std() > 5


def test_a_portrait_is_shown_with_a_note_that_it_is_not_animated(tmp_path: Path, speech: Speech) -> None:
    portrait = np.zeros((200, 120, 3), np.uint8)
    portrait[:, :, 0] = np.linspace(40, 250, 120)
    path = tmp_path / "p.mp4"

    adjustment = render_portrait(path, portrait, speech, width=SIDE, height=SIDE, seed=2, report=ignore_progress)

    pictures = decode_frames(path)
    assert adjustment == NOT_ANIMATED
    assert abs(len(pictures) - 50) <= 1
    assert np.abs(pictures[0].astype(int) - pictures[-1]).mean() > 0.5


def test_every_preset_differs_in_more_than_colour() -> None:
    looks = [avatar_look(name, seed=1) for name in PRESETS]

    shapes = {(look.hair_style, look.clothes, look.beard, look.glasses, look.build, look.age) for look in looks}
    assert len(shapes) == len(PRESETS)
    assert len({look.hair_style for look in looks}) > 12
    assert len({look.clothes for look in looks}) > 6
    assert len({look.beard for look in looks}) > 5


def test_age_and_build_change_the_image() -> None:
    plain = replace(avatar_look("john", seed=1), age=0.3, build=1.0)

    assert np.abs(render_still(replace(plain, age=1.0)) - render_still(plain)).max() > 20
    assert np.abs(render_still(replace(plain, build=1.16)) - render_still(plain)).max() > 60


@pytest.mark.parametrize("name", [*PRESETS, "avatar-1", "nobody-99"])
def test_a_voice_fits_its_face(name: str) -> None:
    look = avatar_look(name, seed=1)

    assert VOICES[look.voice]
    assert (look.voice[1] == "f") == look.feminine
    assert look.beard == "none" or not look.feminine


@pytest.mark.parametrize("style", [*FEMININE_HAIR_STYLES, *MASCULINE_HAIR_STYLES, HEADSCARF])
def test_every_hair_style_is_visible(style: str) -> None:
    plain = avatar_look("john", seed=1)

    difference = np.abs(
        render_still(replace(plain, hair_style=style)) - render_still(replace(plain, hair_style="bald"))
    )
    assert style == "bald" or difference.max() > 60
