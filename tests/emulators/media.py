"""Small valid media files that emulators deliver, made once per process."""

import io
import wave
from functools import cache

import av
import numpy as np
from PIL import Image

SIZE = (64, 48)
RATE = 24_000  # sound samples a second
FRAMES = 24
MEDIA_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
}


@cache
def media_file(name: str) -> tuple[str, bytes]:
    """Return the media type and the content of a file with this name, by its suffix."""
    suffix = name.rpartition(".")[2]
    makers = {"mp4": _video, "wav": _sound, "mp3": _encoded_sound}
    content = makers[suffix]() if suffix in makers else _picture({"jpg": "JPEG"}.get(suffix, suffix.upper()))
    return MEDIA_TYPES[suffix], content


def _picture(form: str) -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize(SIZE).save(buffer, form)
    return buffer.getvalue()


def _sound() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(_tone().tobytes())
    return buffer.getvalue()


def _tone() -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    return (np.sin(np.arange(RATE) * 440 * 2 * np.pi / RATE) * 8000).astype(np.int16)


def _encoded_sound() -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=RATE)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(_tone().reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def _video() -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FRAMES)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number in range(FRAMES):
            pixels = np.full((SIZE[1], SIZE[0], 3), number * 10, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return buffer.getvalue()
