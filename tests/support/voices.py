"""The voices of the studio, loaded once per run."""

from pathlib import Path

import pytest

from studio.speech.synthesizer import SpeechSynthesizer

ROOT = Path(__file__).resolve().parents[2]
VOICE_FILES = ROOT / ".cache" / "voices"
MODEL_FOLDER = ROOT / ".cache" / "kokoro"


@pytest.fixture(scope="session")
def speaker() -> SpeechSynthesizer:
    if not any(VOICE_FILES.glob("*.bin")):
        pytest.fail("No voices are installed. Run `make setup`, or `python scripts/fetch_voices.py`.")
    return SpeechSynthesizer(voices=VOICE_FILES, cache=MODEL_FOLDER)
