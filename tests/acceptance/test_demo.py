"""The demo as a newcomer runs it: five files that are what they say."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.media_files import open_picture, open_recording
from tests.support.server_process import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_the_demo_leaves_five_kinds_of_files_that_decode(tmp_path: Path) -> None:
    output = tmp_path / "demo-output"
    command = [sys.executable, "-m", "cli", "demo", "--output", str(output)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]

    files = {path.name.split("-")[0]: path for path in output.iterdir()}
    assert sorted(path.suffix for path in files.values()) == [".mp3", ".mp4", ".mp4", ".png", ".wav"]
    kind, size, spread = open_picture(files["image"])
    assert (kind, size) == ("PNG", (1024, 1024))
    assert spread > 10
    film = open_recording(files["video"])
    assert (film.video_codec, film.audio_codec, film.size) == ("h264", "aac", (1280, 720))
    assert abs(film.duration - 5) < 0.1
    assert film.loudness > 0.005
    assert film.movement > 0.5
    speech = open_recording(files["speech"])
    assert (speech.audio_codec, speech.video_codec) == ("pcm_s16le", None)
    assert speech.duration > 2
    assert speech.loudness > 0.01
    avatar = open_recording(files["avatar"])
    assert (avatar.video_codec, avatar.audio_codec) == ("h264", "aac")
    assert avatar.loudness > 0.01
    assert avatar.movement > 0.2
    music = open_recording(files["music"])
    assert music.audio_codec in ("mp3", "mp3float")
    assert abs(music.duration - 30) < 0.2
    assert music.loudness > 0.01
    for name, path in files.items():
        assert path.name in done.stdout, name
