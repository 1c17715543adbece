"""A track adds notes and strokes up in stereo, and mixes them: echo, room, loudness, fade."""

import numpy as np

from studio.music.drums import drum
from studio.music.synthesis import INSTRUMENTS, RATE, Samples, frequency

TAIL = 3 * RATE  # samples kept after the end, for notes that still ring
ECHOES = (0.26, 0.13, 0.06)  # strength of each repeat
ROOM_SECONDS = 1.7
ROOM_SEED = 11
LOUDNESS = 0.17  # root mean square of a finished piece
CEILING = 0.94  # no sample is beyond it
DUCK_SECONDS = 0.22  # how long the rest makes way for a kick


class Track:
    """Stereo samples that notes are added to. Drums and bass stay dry; the rest rings in a room."""

    def __init__(self, duration: float) -> None:
        self._length = int(duration * RATE)
        self._dry = np.zeros((2, self._length + TAIL), np.float32)
        self._wet = np.zeros((2, self._length + TAIL), np.float32)
        self._notes: dict[tuple[str, float, float], Samples] = {}
        self._drums: dict[str, Samples] = {}
        self._kicks: list[int] = []

    def note(
        self, instrument: str, number: float, at: float, duration: float, *, level: float, pan: float = 0.0
    ) -> None:
        """Add a note; `pan` is -1 for the left to 1 for the right."""
        key = (instrument, number, round(duration, 3))
        if key not in self._notes:
            self._notes[key] = INSTRUMENTS[instrument](frequency(number), duration)
        bus = self._dry if "bass" in instrument else self._wet
        self._add(bus, self._notes[key], at, level=level, pan=pan)

    def hit(self, name: str, at: float, *, level: float, pan: float = 0.0) -> None:
        """Add a stroke of a drum."""
        if name not in self._drums:
            self._drums[name] = drum(name)
        if name == "kick":
            self._kicks.append(int(at * RATE))
        self._add(self._dry, self._drums[name], at, level=level, pan=pan)

    def mixed(self, *, fade: float, echo: float, echo_time: float, room: float, pump: float) -> Samples:
        """The whole at one loudness, faded out over `fade` seconds and never clipping."""
        wet = self._wet
        if pump:
            self._duck(wet, pump)
        repeated = wet.copy()
        for repeat, strength in enumerate(ECHOES, 1):
            offset = int(echo_time * repeat * RATE)
            # Each repeat comes from the other side.
            source = wet[::-1] if repeat % 2 else wet
            repeated[:, offset:] += source[:, :-offset] * np.float32(strength * echo)
        mix = self._dry + repeated + _room(wet) * np.float32(room)
        mix = mix[:, : self._length]
        end = min(int(fade * RATE), self._length)
        mix[:, self._length - end :] *= np.linspace(1, 0, end, dtype=np.float32) ** 1.5
        loudness = float(np.sqrt(np.mean(mix**2))) or 1.0
        return np.asarray(np.tanh(mix * np.float32(LOUDNESS / loudness / CEILING)) * np.float32(CEILING))

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


def _room(wet: Samples) -> Samples:
    """What a room gives back: the sound convolved with noise that dies away, at half the rate, for rooms are dull."""
    count = wet.shape[1] // 2
    sent = wet[:, : 2 * count].reshape(2, count, 2).mean(axis=(0, 2))
    taps = int(ROOM_SECONDS * RATE / 2)
    generator = np.random.default_rng(ROOM_SEED)
    decay = np.exp(-np.linspace(0, 6.9, taps, dtype=np.float32))
    answer = generator.standard_normal((2, taps)).astype(np.float32) * decay
    # Neighbours averaged twice: the highest frequencies are gone first.
    answer = (answer + np.roll(answer, 1, axis=1) * 2 + np.roll(answer, 2, axis=1)) / np.float32(4)
    answer /= np.sqrt(np.sum(answer**2, axis=1, keepdims=True))
    size = _quick_size(count + taps)
    heard = np.fft.irfft(np.fft.rfft(sent, size) * np.fft.rfft(answer, size), size)[:, :count].astype(np.float32)
    full = np.zeros(wet.shape, np.float32)
    full[:, 0 : 2 * count : 2] = heard
    full[:, 1 : 2 * count - 1 : 2] = (heard[:, :-1] + heard[:, 1:]) / 2
    return full


def _quick_size(least: int) -> int:
    """The next size that a Fourier transform is quick at: three or one times a power of two."""
    power = 1 << (least - 1).bit_length()
    return power * 3 // 4 if power * 3 // 4 >= least else power
