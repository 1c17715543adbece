"""`doitong demo` writes five valid media files."""

import subprocess
import sys
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
