"""Small real media files, and broken ones, made on the spot."""

import io
import struct
import wave
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

RATE = 24_000  # sound samples a second


def picture(path: Path, *, size: tuple[int, int] = (64, 48), colour: str = "teal") -> Path:
    Image.new("RGB", size, colour).save(path)
    return path


def picture_bytes(kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((40, 30)).save(buffer, kind)
    return buffer.getvalue()


def png_claiming(path: Path, *, width: int, height: int) -> Path:
    """A PNG of a few bytes whose header claims any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", b"x") + _chunk(b"IEND", b""))
    return path


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def sound(path: Path, *, seconds: float = 1.0) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(bytes(int(seconds * RATE) * 2))
    return path


def encoded_sound(path: Path, codec: str, *, seconds: int = 2) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=48_000, layout="mono")
        assert isinstance(stream, av.AudioStream)
        for start in range(0, seconds * 48_000, 960):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def video(path: Path, *, seconds: int = 4, codec: str = "libx264") -> Path:
    """Noise, so that the length in bytes grows with the length in seconds; the index comes first."""
    noise = np.random.default_rng(1).integers(0, 255, (10, 48, 64, 3), dtype=np.uint8)
    options = {"movflags": "+faststart"} if path.suffix == ".mp4" else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(seconds * 10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noise[number % 10], format="rgb24")))
        container.mux(stream.encode())
    return path


def cut(path: Path, *, part: float) -> Path:
    """Only the first part of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    return path
