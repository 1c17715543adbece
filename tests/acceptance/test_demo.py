"""`doitong demo` writes five valid media files, locally and from emulated upstreams."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.acceptance.media_files import read_audio_video, read_image
from tests.support.server_process import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_the_demo_writes_five_media_files_that_decode(tmp_path: Path) -> None:
    output = tmp_path / "demo-output"
    command = [sys.executable, "-m", "cli", "demo", "--output", str(output)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    assert "server_ready" not in result.stderr

    files = {path.name.split("-")[0]: path for path in output.iterdir()}
    assert sorted(path.suffix for path in files.values()) == [".mp3", ".mp4", ".mp4", ".png", ".wav"]
    format, size, spread = read_image(files["image"])
    assert (format, size) == ("PNG", (1024, 1024))
    assert spread > 10
    video = read_audio_video(files["video"])
    assert (video.video_codec, video.audio_codec, video.size) == ("h264", "aac", (1280, 720))
    assert abs(video.duration - 5) < 0.1
    assert video.loudness > 0.005
    assert video.movement > 0.5
    speech = read_audio_video(files["speech"])
    assert (speech.audio_codec, speech.video_codec) == ("pcm_s16le", None)
    assert speech.duration > 2
    assert speech.loudness > 0.01
    avatar = read_audio_video(files["avatar"])
    assert (avatar.video_codec, avatar.audio_codec) == ("h264", "aac")
    assert avatar.loudness > 0.01
    assert avatar.movement > 0.2
    music = read_audio_video(files["music"])
    assert music.audio_codec in ("mp3", "mp3float")
    assert abs(music.duration - 30) < 0.2
    assert music.loudness > 0.01
    for name, path in files.items():
        assert path.name in result.stdout, name


def test_the_emulated_demo_buys_each_of_the_five_files_once_with_a_live_key(tmp_path: Path) -> None:
    output = tmp_path / "demo-output"
    environment = {**os.environ, "DOITONG_RUNWAY_API_KEY": "a key of the operator", "DOITONG_DATA_DIR": "/nonexistent"}
    result = run_demo("--emulated", "--output", str(output), environment=environment)
    assert result.returncode == 0, result.stderr[-2000:]
    assert result.stderr == ""

    files = {path.name.split("-")[0]: path for path in output.iterdir()}
    assert sorted(files) == ["avatar", "image", "music", "speech", "video"]
    assert read_image(files["image"])[0] == "PNG"
    assert read_audio_video(files["music"]).audio_codec in ("mp3", "mp3float")
    for name, made_by in {
        "image": "flux-pro on fal",
        "video": "kling on fal",
        "speech": "elevenlabs on elevenlabs",
        "avatar": "hedra on fal",
        "music": "suno on kie",
    }.items():
        line = next(line for line in result.stdout.splitlines() if files[name].name in line)
        assert f"as {made_by} " in line
        assert line.endswith(" credits")
    assert "The emulators counted 5 purchases: fal 3, elevenlabs 1, kie 1\n" in result.stdout


def test_the_emulated_demo_of_a_wheel_says_that_it_needs_a_checkout(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "cli", tmp_path / "cli")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    result = run_demo("--emulated", environment=environment, directory=tmp_path)

    assert result.returncode == 1
    assert "--emulated needs a checkout" in result.stderr


def run_demo(
    *arguments: str, environment: Mapping[str, str], directory: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", "demo", *arguments]
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
