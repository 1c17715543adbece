"""What a film sounds like: music, and over it the rain, the waves, the wind, the fire or the birds of its scene."""

from collections.abc import Callable, Mapping

import numpy as np

from studio.music import bed
from studio.music.synthesis import RATE, Samples
from studio.prompt_words import words_in, words_of

LOOP = 2**18  # samples, some six seconds: a loop of noise has no seam, for it is made in the frequency domain
MUSIC_BENEATH = 0.55  # what is left of the music where there is something else to hear
WORDS: Mapping[str, frozenset[str]] = {
    "rain": words_of("rain rainy raining storm stormy monsoon drizzle"),
    "waves": words_of("sea ocean beach waves wave coast shore harbor harbour surf island lighthouse"),
    "wind": words_of("wind windy snow snowy blizzard arctic winter mountain mountains desert dunes"),
    "fire": words_of("fire campfire fireplace bonfire flames volcano lava"),
    "birds": words_of("bird birds birdsong forest meadow garden spring jungle woods dawn"),
}


def soundtrack(prompt: str, weather: str, duration: float, *, seed: int) -> Samples:
    """Stereo sound for a scene of a prompt and its weather: (2, n) at 44,100 a second."""
    music = bed(prompt, duration, seed=seed)
    generator = np.random.default_rng(seed + 2)
    heard = heard_in(prompt, weather)
    if not heard:
        return music
    mix = music * np.float32(MUSIC_BENEATH)
    for name in heard:
        mix += SOUNDS[name](generator, mix.shape[1])
    edge = min(mix.shape[1], RATE // 4)
    mix[:, :edge] *= np.linspace(0, 1, edge, dtype=np.float32)
    mix[:, mix.shape[1] - edge :] *= np.linspace(1, 0, edge, dtype=np.float32)
    return np.asarray(np.tanh(mix), np.float32)


def heard_in(prompt: str, weather: str) -> tuple[str, ...]:
    """The sounds of a scene, at most two."""
    words = set(words_in(prompt))
    named = [name for name, calls in WORDS.items() if words & calls]
    falling = {"rain": ["rain"], "snow": ["wind"]}.get(weather, [])
    # Birds do not sing in bad weather.
    quiet = {"birds"} if {"rain", "wind"} & {*falling, *named} else set()
    return tuple(name for name in dict.fromkeys([*falling, *named]) if name not in quiet)[:2]


def rain(generator: np.random.Generator, count: int) -> Samples:
    hiss = _noise(generator, low=700, high=11_000, tilt=0.4) * np.float32(0.055)
    drops = _sprinkled(generator, per_second=60, ring=0.004, level=0.18)
    return _repeated(hiss + drops, count)


def waves(generator: np.random.Generator, count: int) -> Samples:
    time = np.arange(count, dtype=np.float32) / RATE
    start = generator.random(2) * 2 * np.pi
    near = (0.5 + 0.5 * np.sin(2 * np.pi * time / 5.3 + start[0])) ** 3
    far = (0.5 + 0.5 * np.sin(2 * np.pi * time / 8.7 + start[1])) ** 2
    wash = _repeated(_noise(generator, low=300, high=6_000, tilt=1.0), count)
    rumble = _repeated(_noise(generator, low=60, high=500, tilt=1.0), count)
    return np.asarray(wash * (0.02 + 0.12 * near) + rumble * (0.03 + 0.06 * far), np.float32)


def wind(generator: np.random.Generator, count: int) -> Samples:
    time = np.arange(count, dtype=np.float32) / RATE
    gusts = 0.6 + 0.4 * np.sin(2 * np.pi * time / 4.1 + generator.random() * 6) * np.sin(2 * np.pi * time / 11)
    body = _repeated(_noise(generator, low=90, high=420, tilt=0.8), count) * np.float32(0.08)
    whistle = _repeated(_noise(generator, low=600, high=1_100, tilt=0.0), count) * np.float32(0.02)
    return np.asarray(body * gusts + whistle * gusts**3, np.float32)


def fire(generator: np.random.Generator, count: int) -> Samples:
    roar = _noise(generator, low=50, high=350, tilt=1.0) * np.float32(0.05)
    return _repeated(roar + _sprinkled(generator, per_second=14, ring=0.006, level=0.5), count)


def birds(generator: np.random.Generator, count: int) -> Samples:
    song = np.zeros((2, LOOP), np.float32)
    for _ in range(5):
        start, pitch, pan = generator.random() * 0.8, 2_400 + 2_200 * generator.random(), generator.random()
        for number in range(int(generator.integers(3, 7))):
            chirp = _chirp(pitch, sweep=0.35 * generator.random() - 0.1)
            at = int(start * LOOP) + int(number * 0.13 * RATE)
            song[0, at : at + len(chirp)] += chirp[: LOOP - at] * (1 - pan)
            song[1, at : at + len(chirp)] += chirp[: LOOP - at] * pan
    return _repeated(song, count)


SOUNDS: Mapping[str, Callable[[np.random.Generator, int], Samples]] = {
    "rain": rain,
    "waves": waves,
    "wind": wind,
    "fire": fire,
    "birds": birds,
}


def _noise(generator: np.random.Generator, *, low: float, high: float, tilt: float) -> Samples:
    """A stereo loop of noise between two frequencies in hertz, with an RMS of 1; `tilt` 1 is pink."""
    hertz = np.fft.rfftfreq(LOOP, 1 / RATE)
    shape = (
        1 / np.maximum(hertz, 20) ** (tilt / 2) / (1 + (low / np.maximum(hertz, 1)) ** 6) / (1 + (hertz / high) ** 6)
    )
    spectrum = np.fft.rfft(generator.standard_normal((2, LOOP))) * shape
    noise = np.fft.irfft(spectrum, LOOP)
    return np.asarray(noise / np.sqrt(np.mean(noise**2)), np.float32)


def _sprinkled(generator: np.random.Generator, *, per_second: float, ring: float, level: float) -> Samples:
    """A stereo loop of short crackles at random moments, few of them loud; `ring` in seconds."""
    burst_length = int(ring * RATE)
    burst = generator.standard_normal(burst_length) * np.exp(-np.arange(burst_length) / burst_length * 5)
    strikes = np.zeros((2, LOOP))
    number = int(per_second * LOOP / RATE)
    places = generator.integers(0, LOOP, number)
    strikes[generator.integers(0, 2, number), places] = level * generator.random(number) ** 3
    return np.asarray([np.convolve(side, burst)[:LOOP] for side in strikes], np.float32)


def _chirp(hertz: float, *, sweep: float) -> Samples:
    time = np.arange(int(0.09 * RATE)) / RATE
    shape = np.sin(np.pi * time / time[-1]) ** 2
    return np.asarray(np.sin(2 * np.pi * hertz * (time + sweep * time**2 / time[-1])) * shape * 0.07, np.float32)


def _repeated(loop: Samples, count: int) -> Samples:
    times = -(-count // loop.shape[1])
    return np.asarray(np.tile(loop, (1, times))[:, :count], np.float32)
