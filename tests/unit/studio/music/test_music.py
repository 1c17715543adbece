"""Tests of the composed music: length, style, loudness, title, lyrics and reproducibility."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.music import Song, compose, is_known_style, music_bed
from studio.music.form import build_form
from studio.music.styles import STYLES

RATE = 44_100  # Hz


def loudness(samples: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def brightness(song: Song) -> float:
    """Return the spectral centroid in hertz."""
    power = np.abs(np.fft.rfft(song.samples.mean(axis=0))) ** 2
    hertz = np.fft.rfftfreq(song.samples.shape[1], 1 / RATE)
    return float((power * hertz).sum() / power.sum())


@pytest.mark.parametrize("style", [style.name for style in STYLES])
def test_every_style_is_audible_stereo_that_does_not_clip(style: str) -> None:
    song = compose(f"a {style} song about the harbour", duration=8, seed=3)

    assert song.style == style
    assert song.samples.shape == (2, 8 * RATE)
    assert song.samples.dtype == np.float32
    assert np.abs(song.samples).max() < 0.95
    assert loudness(song.samples) > 0.1
    assert loudness(song.samples[:, : 2 * RATE]) > 0.03
    assert not np.allclose(song.samples[0], song.samples[1])


def test_the_same_arguments_give_the_same_samples() -> None:
    first, second = (compose("calm piano by the sea", duration=6, seed=5) for _ in range(2))

    assert first.samples.tobytes() == second.samples.tobytes()
    assert (first.title, first.lyrics) == (second.title, second.lyrics)


def test_another_seed_and_another_prompt_are_other_music() -> None:
    song = compose("calm piano by the sea", duration=6, seed=5)

    assert compose("calm piano by the sea", duration=6, seed=6).samples.tobytes() != song.samples.tobytes()
    assert compose("calm piano by the lake", duration=6, seed=5).samples.tobytes() != song.samples.tobytes()


def test_the_words_of_a_prompt_choose_style_tempo_and_mood() -> None:
    slow = compose("a slow sad lofi tune about rain", duration=12, seed=1)
    quick = compose("happy house music for a summer party", duration=12, seed=1)

    assert (slow.style, quick.style) == ("lofi", "house")
    assert slow.bpm < 95 < 110 < quick.bpm
    assert slow.key.endswith("minor")
    assert quick.key.endswith("major")
    assert brightness(slow) != pytest.approx(brightness(quick), rel=0.1)


def test_a_requested_style_takes_precedence_over_the_prompt() -> None:
    assert compose("techno rave machine", duration=3, seed=1, style="Jazz").style == "jazz"


@pytest.mark.parametrize(("prompt", "style"), [("the lighthouse", "house"), ("a rocket", "rock")])
def test_a_style_is_not_found_inside_another_word(prompt: str, style: str) -> None:
    styles = {compose(prompt, duration=0.5, seed=seed).style for seed in range(8)}
    assert styles != {style}


def test_title_and_lyrics_contain_words_of_the_prompt() -> None:
    song = compose("a folk song about a lantern in the harbour", duration=3, seed=2)

    assert "Lantern" in song.title
    assert "harbour" in song.lyrics
    assert "[Chorus]" in song.lyrics


def test_a_given_title_and_lyrics_are_used() -> None:
    song = compose("anything", duration=3, seed=2, title="My Own", lyrics="La la la")

    assert (song.title, song.lyrics) == ("My Own", "La la la")


def test_an_instrumental_piece_has_no_lyrics() -> None:
    assert compose("anything", duration=3, seed=2, lyrics="La la la", instrumental=True).lyrics == ""


def test_a_song_begins_sparsely_grows_and_fades_out() -> None:
    samples = compose("rock about thunder", duration=30, seed=4).samples

    intro, chorus = samples[:, : 2 * RATE], samples[:, 13 * RATE : 17 * RATE]
    assert loudness(intro) < 0.8 * loudness(chorus)
    assert np.abs(samples[:, -200:]).max() < 0.02


@pytest.mark.parametrize("bars", [1, 2, 3, 7, 12, 16, 40, 150])
def test_every_bar_has_a_section_and_the_last_is_final(bars: int) -> None:
    plan = build_form(bars)

    assert len(plan) == bars
    assert [bar.ends_piece for bar in plan] == [False] * (bars - 1) + [True]


def test_a_longer_piece_has_all_its_sections() -> None:
    order = [name for name, _ in itertools.groupby(bar.section for bar in build_form(40))]

    assert order == ["intro", "verse", "chorus", "verse", "chorus", "bridge", "chorus", "outro"]


@pytest.mark.parametrize("duration", [0.25, 1.0, 5.0])
def test_a_music_bed_is_quieter_music_of_any_length(duration: float) -> None:
    samples = music_bed("a city at night", duration, seed=1)

    assert samples.shape == (2, int(duration * RATE))
    assert 0.01 < loudness(samples) < 0.1


def test_an_empty_prompt_still_gives_a_song_with_title_and_lyrics() -> None:
    song = compose("", duration=2, seed=9)

    assert song.title
    assert song.lyrics


def test_metal_is_quicker_lower_and_harder_than_rock() -> None:
    rock, metal = (compose("thunder over the hills", duration=8, seed=3, style=style) for style in ("rock", "metal"))

    assert (rock.style, metal.style) == ("rock", "metal")
    assert metal.samples.tobytes() != rock.samples.tobytes()
    assert metal.bpm > 145 > rock.bpm
    assert brightness(metal) < brightness(rock)
    kicks = {style.name: style.drums["kick"] for style in STYLES if style.name in ("rock", "metal")}
    assert sum(step != "." for step in kicks["metal"]) > 3 * sum(step != "." for step in kicks["rock"])


@pytest.mark.parametrize(("words", "known"), [("Heavy Metal", True), ("sad and slow", True), ("blurble", False)])
def test_a_style_is_known_by_its_words_and_moods(words: str, known: bool) -> None:
    assert is_known_style(words) is known
