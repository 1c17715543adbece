"""Offline speech recognition, for checking synthesized speech."""

import numpy as np
from pocketsphinx import Decoder

from studio.speech.synthesizer import Speech


def transcribe(speech: Speech) -> str:
    """Return the recognized words. The recognizer expects 16 kHz."""
    length = round(len(speech.samples) * 16_000 / speech.rate)
    spectrum = np.fft.rfft(speech.samples)[: length // 2 + 1]
    samples = np.fft.irfft(spectrum, length) * (length / len(speech.samples))
    decoder = Decoder(samprate=16_000, loglevel="FATAL")
    decoder.start_utt()
    decoder.process_raw((np.clip(3 * samples, -1, 1) * 32_767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    return decoder.hyp().hypstr if decoder.hyp() else ""
