"""Files that must be rejected: decompression bombs, truncated files, playlists, web pages."""

from collections.abc import Callable
from pathlib import Path

from tests.support import sample_files


def html(path: Path) -> Path:
    path.write_text("<!doctype html><title>Sign in</title>")
    return path


def playlist(path: Path) -> Path:
    path.write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
    return path


def script(path: Path) -> Path:
    path.write_text("ffconcat version 1.0\nfile /etc/passwd\n")
    return path


def vector(path: Path) -> Path:
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    return path


def empty(path: Path) -> Path:
    path.touch()
    return path


def png_header_with_garbage(path: Path) -> Path:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    return path


def mp4_header_with_garbage(path: Path) -> Path:
    path.write_bytes(b"\x00\x00\x00\x18ftypisom" + bytes(range(256)) * 20)
    return path


def large_bomb(path: Path) -> Path:
    return sample_files.png_claiming(path, width=30_000, height=30_000)


def moderate_bomb(path: Path) -> Path:
    return sample_files.png_claiming(path, width=12_000, height=12_000)


def truncated_picture(path: Path) -> Path:
    path.write_bytes(sample_files.picture_bytes())
    return sample_files.truncate(path, part=0.8)


def truncated_video(path: Path) -> Path:
    return sample_files.truncate(sample_files.video(path.with_suffix(".mp4")), part=0.6)


def truncated_song(path: Path) -> Path:
    return sample_files.truncate(
        sample_files.encoded_sound(path.with_suffix(".mp3"), "libmp3lame", seconds=6), part=0.5
    )


def truncated_sound(path: Path) -> Path:
    return sample_files.truncate(sample_files.sound(path, seconds=4), part=0.5)


HOSTILE: list[tuple[Callable[[Path], Path], str]] = [
    (html, "no supported format"),
    (playlist, "no supported format"),
    (script, "no supported format"),
    (vector, "no supported format"),
    (empty, "is empty"),
    (png_header_with_garbage, "damaged"),
    (mp4_header_with_garbage, "damaged"),
    (large_bomb, "more than 50,000,000 pixels"),
    (moderate_bomb, "more than 50,000,000 pixels"),
    (truncated_picture, "cut short"),
    (truncated_video, "cut short"),
    (truncated_song, "cut short"),
    (truncated_sound, "cut short"),
]
