"""Soundtrack of a video: music, mixed with rain, waves, wind, fire or birdsong if the scene has them."""

from collections.abc import Callable, Mapping

import numpy as np

from studio.music import music_bed
from studio.music.synthesis import RATE, Samples
from studio.prompt_words import words_in, words_of

LOOP_SAMPLES = 2**18  # about six seconds; noise synthesized in the frequency domain loops without a seam
MUSIC_LEVEL = 0.55  # gain of the music under ambient sounds
SOUND_WORDS: Mapping[str, frozenset[str]] = {
    "rain": words_of("rain rainy raining storm stormy monsoon drizzle"),
    "waves": words_of("sea ocean beach waves wave coast shore harbor harbour surf island lighthouse"),
    "wind": words_of("wind windy snow snowy blizzard arctic winter mountain mountains desert dunes"),
    "fire": words_of("fire campfire fireplace bonfire flames volcano lava"),
    "birds": words_of("bird birds birdsong forest meadow garden spring jungle woods dawn"),
}


def soundtrack(prompt: str, weather: str, duration: float, *, seed: int) -> Samples:
    """Return stereo sound for a prompt and its weather, shape (2, n) at 44,100 Hz."""
    music = music_bed(prompt, duration, seed=seed)
    generator = np.random.default_rng(seed + 2)
    sounds = ambient_sounds(prompt, weather)
    if not sounds:
        return music
    mix = music * np.float32(MUSIC_LEVEL)
    for name in sounds:
        mix += AMBIENT_SOUNDS[name](generator, mix.shape[1])
    fade = min(mix.shape[1], RATE // 4)
    mix[:, :fade] *= np.linspace(0, 1, fade, dtype=np.float32)
    mix[:, mix.shape[1] - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return np.asarray(np.tanh(mix), np.float32)


def ambient_sounds(prompt: str, weather: str) -> tuple[str, ...]:
    """Return the names of the ambient sounds of a scene, at most two."""
    words = set(words_in(prompt))
    named = [name for name, keywords in SOUND_WORDS.items() if words & keywords]
    weather_sounds = {"rain": ["rain"], "snow": ["wind"]}.get(weather, [])
    # Birds do not sing in bad weather.
    excluded = {"birds"} if {"rain", "wind"} & {*weather_sounds, *named} else set()
    return tuple(name for name in dict.fromkeys([*weather_sounds, *named]) if name not in excluded)[:2]


def rain(generator: np.random.Generator, count: int) -> Samples:
    hiss = _band_noise(generator, low=700, high=11_000, tilt=0.4) * np.float32(0.055)
    drops = _random_crackles(generator, per_second=60, ring=0.004, level=0.18)
    return _tile_loop(hiss + drops, count)


def waves(generator: np.random.Generator, count: int) -> Samples:
    time = np.arange(count, dtype=np.float32) / RATE
    start = generator.random(2) * 2 * np.pi
    near = (0.5 + 0.5 * np.sin(2 * np.pi * time / 5.3 + start[0])) ** 3
    far = (0.5 + 0.5 * np.sin(2 * np.pi * time / 8.7 + start[1])) ** 2
    wash = _tile_loop(_band_noise(generator, low=300, high=6_000, tilt=1.0), count)
    rumble = _tile_loop(_band_noise(generator, low=60, high=500, tilt=1.0), count)
    return np.asarray(wash * (0.02 + 0.12 * near) + rumble * (0.03 + 0.06 * far), np.float32)


def wind(generator: np.random.Generator, count: int) -> Samples:
    time = np.arange(count, dtype=np.float32) / RATE
    gusts = 0.6 + 0.4 * np.sin(2 * np.pi * time / 4.1 + generator.random() * 6) * np.sin(2 * np.pi * time / 11)
    body = _tile_loop(_band_noise(generator, low=90, high=420, tilt=0.8), count) * np.float32(0.08)
    whistle = _tile_loop(_band_noise(generator, low=600, high=1_100, tilt=0.0), count) * np.float32(0.02)
    return np.asarray(body * gusts + whistle * gusts**3, np.float32)


def fire(generator: np.random.Generator, count: int) -> Samples:
    roar = _band_noise(generator, low=50, high=350, tilt=1.0) * np.float32(0.05)
    return _tile_loop(roar + _random_crackles(generator, per_second=14, ring=0.006, level=0.5), count)


def birds(generator: np.random.Generator, count: int) -> Samples:
    song = np.zeros((2, LOOP_SAMPLES), np.float32)
    for _ in range(5):
        start, pitch, pan = generator.random() * 0.8, 2_400 + 2_200 * generator.random(), generator.random()
        for number in range(int(generator.integers(3, 7))):
            chirp = _chirp(pitch, sweep=0.35 * generator.random() - 0.1)
            at = int(start * LOOP_SAMPLES) + int(number * 0.13 * RATE)
            song[0, at : at + len(chirp)] += chirp[: LOOP_SAMPLES - at] * (1 - pan)
            song[1, at : at + len(chirp)] += chirp[: LOOP_SAMPLES - at] * pan
    return _tile_loop(song, count)


AMBIENT_SOUNDS: Mapping[str, Callable[[np.random.Generator, int], Samples]] = {
    "rain": rain,
    "waves": waves,
    "wind": wind,
    "fire": fire,
    "birds": birds,
}


def _band_noise(generator: np.random.Generator, *, low: float, high: float, tilt: float) -> Samples:
    """Return a stereo loop of noise between two frequencies in hertz, with an RMS of 1; `tilt` 1 is pink noise."""
    hertz = np.fft.rfftfreq(LOOP_SAMPLES, 1 / RATE)
    shape = (
        1 / np.maximum(hertz, 20) ** (tilt / 2) / (1 + (low / np.maximum(hertz, 1)) ** 6) / (1 + (hertz / high) ** 6)
    )
    spectrum = np.fft.rfft(generator.standard_normal((2, LOOP_SAMPLES))) * shape
    noise = np.fft.irfft(spectrum, LOOP_SAMPLES)
    return np.asarray(noise / np.sqrt(np.mean(noise**2)), np.float32)


def _random_crackles(generator: np.random.Generator, *, per_second: float, ring: float, level: float) -> Samples:
    """Return a stereo loop of short bursts at random times, mostly quiet; `ring` is their length in seconds."""
    burst_length = int(ring * RATE)
    burst = generator.standard_normal(burst_length) * np.exp(-np.arange(burst_length) / burst_length * 5)
    impulses = np.zeros((2, LOOP_SAMPLES))
    number = int(per_second * LOOP_SAMPLES / RATE)
    positions = generator.integers(0, LOOP_SAMPLES, number)
    impulses[generator.integers(0, 2, number), positions] = level * generator.random(number) ** 3
    return np.asarray([np.convolve(side, burst)[:LOOP_SAMPLES] for side in impulses], np.float32)


def _chirp(hertz: float, *, sweep: float) -> Samples:
    time = np.arange(int(0.09 * RATE)) / RATE
    shape = np.sin(np.pi * time / time[-1]) ** 2
    return np.asarray(np.sin(2 * np.pi * hertz * (time + sweep * time**2 / time[-1])) * shape * 0.07, np.float32)


def _tile_loop(loop: Samples, count: int) -> Samples:
    times = -(-count // loop.shape[1])
    return np.asarray(np.tile(loop, (1, times))[:, :count], np.float32)
