"""Stereo mixing of notes and drum hits, with echo, reverb, loudness normalization and fade-out."""

import numpy as np

from studio.music.drums import drum_samples
from studio.music.synthesis import INSTRUMENTS, RATE, Samples, frequency

TAIL_SAMPLES = 3 * RATE  # buffer after the end, for notes that still ring
ECHO_LEVELS = (0.26, 0.13, 0.06)  # gain of each repeat
REVERB_SECONDS = 1.7
REVERB_SEED = 11
TARGET_RMS = 0.17
PEAK_CEILING = 0.94  # maximum absolute sample value
DUCK_SECONDS = 0.22  # how long a kick lowers the wet bus


class Track:
    """A stereo mix. Drums and bass go to the dry bus; other instruments to the wet bus, which gets the effects."""

    def __init__(self, duration: float) -> None:
        self._length = int(duration * RATE)
        self._dry = np.zeros((2, self._length + TAIL_SAMPLES), np.float32)
        self._wet = np.zeros((2, self._length + TAIL_SAMPLES), np.float32)
        self._notes: dict[tuple[str, float, float], Samples] = {}
        self._drums: dict[str, Samples] = {}
        self._kicks: list[int] = []

    def add_note(
        self, instrument: str, number: float, at: float, duration: float, *, level: float, pan: float = 0.0
    ) -> None:
        """Add a MIDI note at a time in seconds; `pan` is -1 (left) to 1 (right)."""
        key = (instrument, number, round(duration, 3))
        if key not in self._notes:
            self._notes[key] = INSTRUMENTS[instrument](frequency(number), duration)
        bus = self._dry if "bass" in instrument else self._wet
        self._add(bus, self._notes[key], at, level=level, pan=pan)

    def add_hit(self, name: str, at: float, *, level: float, pan: float = 0.0) -> None:
        """Add a drum hit at a time in seconds."""
        if name not in self._drums:
            self._drums[name] = drum_samples(name)
        if name == "kick":
            self._kicks.append(int(at * RATE))
        self._add(self._dry, self._drums[name], at, level=level, pan=pan)

    def mix_down(self, *, fade: float, echo: float, echo_time: float, reverb: float, ducking: float) -> Samples:
        """Return the mix at the target loudness, soft-limited and faded out over `fade` seconds."""
        wet = self._wet
        if ducking:
            self._duck(wet, ducking)
        repeated = wet.copy()
        for repeat, strength in enumerate(ECHO_LEVELS, 1):
            offset = int(echo_time * repeat * RATE)
            # Ping-pong delay: odd repeats swap the channels.
            source = wet[::-1] if repeat % 2 else wet
            repeated[:, offset:] += source[:, :-offset] * np.float32(strength * echo)
        mix = self._dry + repeated + _reverb(wet) * np.float32(reverb)
        mix = mix[:, : self._length]
        end = min(int(fade * RATE), self._length)
        mix[:, self._length - end :] *= np.linspace(1, 0, end, dtype=np.float32) ** 1.5
        loudness = float(np.sqrt(np.mean(mix**2))) or 1.0
        return np.asarray(np.tanh(mix * np.float32(TARGET_RMS / loudness / PEAK_CEILING)) * np.float32(PEAK_CEILING))

    def _duck(self, bus: Samples, depth: float) -> None:
        length = int(DUCK_SECONDS * RATE)
        curve = (1 - depth * np.linspace(1, 0, length) ** 1.5).astype(np.float32)
        for start in self._kicks:
            part = bus[:, start : start + length]
            part *= curve[: part.shape[1]]

    def _add(self, bus: Samples, samples: Samples, at: float, *, level: float, pan: float) -> None:
        start = int(at * RATE)
        if start >= self._length:
            return
        samples = samples[: bus.shape[1] - start]
        for channel, side in ((0, 1 - max(0.0, pan)), (1, 1 + min(0.0, pan))):
            bus[channel, start : start + len(samples)] += samples * np.float32(level * side)


def _reverb(wet: Samples) -> Samples:
    """Convolve the bus with decaying noise, at half the sample rate because a room absorbs high frequencies."""
    count = wet.shape[1] // 2
    source = wet[:, : 2 * count].reshape(2, count, 2).mean(axis=(0, 2))
    taps = int(REVERB_SECONDS * RATE / 2)
    generator = np.random.default_rng(REVERB_SEED)
    decay = np.exp(-np.linspace(0, 6.9, taps, dtype=np.float32))
    impulse = generator.standard_normal((2, taps)).astype(np.float32) * decay
    # Binomial smoothing (1, 2, 1) removes the highest frequencies.
    impulse = (impulse + np.roll(impulse, 1, axis=1) * 2 + np.roll(impulse, 2, axis=1)) / np.float32(4)
    impulse /= np.sqrt(np.sum(impulse**2, axis=1, keepdims=True))
    size = _fast_fft_size(count + taps)
    tail = np.fft.irfft(np.fft.rfft(source, size) * np.fft.rfft(impulse, size), size)[:, :count].astype(np.float32)
    full = np.zeros(wet.shape, np.float32)
    full[:, 0 : 2 * count : 2] = tail
    full[:, 1 : 2 * count - 1 : 2] = (tail[:, :-1] + tail[:, 1:]) / 2
    return full


def _fast_fft_size(min_size: int) -> int:
    """Return the next efficient FFT size: a power of two, or three times one."""
    power = 1 << (min_size - 1).bit_length()
    return power * 3 // 4 if power * 3 // 4 >= min_size else power
