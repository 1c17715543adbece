"""Reads the length that a WAV file declares."""

import struct
from pathlib import Path

RIFF_HEAD_BYTES = 12  # "RIFF", its length, "WAVE"
CHUNK_HEAD = struct.Struct("<4sI")  # name and length in bytes
MAX_CHUNKS = 64  # chunks before the samples
# A writer that cannot seek back leaves a placeholder: FFmpeg 0xFFFFFFFF, ALSA 0x80000000, SoX 0x7FFFF000, others 0.
# No file here is as large as the smallest of them.
MIN_PLACEHOLDER = 0x7FFF0000


def is_open_ended(path: Path) -> bool:
    """Whether the samples of a WAV file extend to its end, since it was written to a pipe and declares no length."""
    with path.open("rb") as file:
        position = RIFF_HEAD_BYTES
        for _ in range(MAX_CHUNKS):
            file.seek(position)
            head = file.read(CHUNK_HEAD.size)
            if len(head) < CHUNK_HEAD.size:
                return False
            name, length = CHUNK_HEAD.unpack(head)
            if name == b"data":
                return bool(length == 0 or length >= MIN_PLACEHOLDER)
            position += CHUNK_HEAD.size + length + length % 2  # chunks are padded to even lengths
    return False
