"""Measurements of media files, made by decoding them."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from PIL import Image


@dataclass(frozen=True)
class AudioVideo:
    duration: float
    video_codec: str | None
    audio_codec: str | None
    size: tuple[int, int] | None
    loudness: float
    """Root mean square of the audio, 0 to 1."""
    movement: float
    """Mean difference between frames a second apart, 0 to 255."""


def read_image(path: Path) -> tuple[str, tuple[int, int], float]:
    """Return the format, the size and the standard deviation of the pixels."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"), np.float32)
        return image.format or "", image.size, float(pixels.std())


def read_audio_video(path: Path) -> AudioVideo:
    """Decode the complete file and measure it."""
    with av.open(str(path)) as container:
        video = container.streams.video[0] if container.streams.video else None
        audio = container.streams.audio[0] if container.streams.audio else None
        frames: list[np.ndarray[tuple[int, ...], np.dtype[np.floating]]] = []
        sound: list[np.ndarray[tuple[int, ...], np.dtype[np.floating]]] = []
        for frame in container.decode(*(stream for stream in (video, audio) if stream is not None)):
            if isinstance(frame, av.VideoFrame):
                frames.append(frame.reformat(64, 64, "gray").to_ndarray().astype(np.float32))
            elif isinstance(frame, av.AudioFrame):
                samples = frame.to_ndarray().astype(np.float32)
                sound.append(samples.ravel() / (32768 if frame.format.name.startswith("s16") else 1))
        duration = (container.duration or 0) / 1_000_000
        apart = [float(np.abs(b - a).mean()) for a, b in zip(frames, frames[24:], strict=False)]
        return AudioVideo(
            duration=duration,
            video_codec=video.codec_context.name if video else None,
            audio_codec=audio.codec_context.name if audio else None,
            size=(video.width, video.height) if video else None,
            loudness=float(np.sqrt(np.mean(np.concatenate(sound) ** 2))) if sound else 0.0,
            movement=max(apart, default=0.0),
        )
