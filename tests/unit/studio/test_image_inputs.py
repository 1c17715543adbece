"""A picture made from others shows them, their colours, and what the prompt puts among them."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from providers.backend import GenerationType, JSONObject
from studio.limitations import SUBJECT_STRENGTH, variation_limitations
from studio.picture import paint, variation
from studio.render import render
from studio.render_task import WorkerDirectories
from studio.request import RenderRequest, RenderResult

SEED = 1


def plain(colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    return np.full((90, 120, 3), colour, np.uint8)


def varied(prompt: str, *, strength: float, others: tuple[NDArray[np.uint8], ...] = ()) -> NDArray[np.uint8]:
    street = paint("a street at noon", 120, 90, seed=SEED).pixels
    return variation(street, prompt, 120, 90, seed=SEED, strength=strength, others=others).pixels


def test_a_strong_variation_shows_the_subject_and_a_weak_one_does_not() -> None:
    def shown(strength: float) -> float:
        with_cat, without = (varied(prompt, strength=strength)[30:, 40:80] for prompt in ("a cat at noon", "noon"))
        return float(np.abs(with_cat.astype(int) - without).mean())

    assert shown(SUBJECT_STRENGTH) > shown(SUBJECT_STRENGTH - 0.05) + 8


def test_the_subject_takes_on_the_colours_of_the_picture() -> None:
    red, blue = (
        variation(plain(colour), "a white ghost at noon", 120, 90, seed=SEED, strength=0.6).pixels[40:70, 50:70]
        for colour in ((200, 60, 40), (40, 60, 200))
    )

    assert red[..., 0].mean() - red[..., 2].mean() > blue[..., 0].mean() - blue[..., 2].mean() + 20


def test_every_further_picture_is_seen_at_an_edge_and_in_the_colours() -> None:
    alone = varied("", strength=0.1)
    green = varied("", strength=0.1, others=(plain((20, 220, 30)),))
    both = varied("", strength=0.1, others=(plain((20, 220, 30)), plain((230, 20, 220))))

    assert green[:, -12:, 1].mean() > green[:, -12:, 0].mean() + 60
    assert both[:, :12, 0].mean() > both[:, :12, 1].mean() + 60
    assert (
        green[:, 50:60, 1].mean() - green[:, 50:60, 0].mean()
        > alone[:, 50:60, 1].mean() - alone[:, 50:60, 0].mean() + 8
    )


@pytest.mark.parametrize("count", [1, 4, 7])
def test_any_number_of_pictures_is_blended_alike_each_time(count: int) -> None:
    others = tuple(plain((30 * number, 200 - 20 * number, 90)) for number in range(count))

    assert (
        varied("dusk", strength=0.4, others=others).tobytes() == varied("dusk", strength=0.4, others=others).tobytes()
    )


def test_what_is_not_simulated_of_a_variation_is_said() -> None:
    notes = variation_limitations("a cat without people", style="flibberty", negative="", strength=0.4, others=2)
    told = [note.reason for note in notes]

    assert told[0] == "the style 'flibberty' is not simulated"
    assert "removes nothing from an input image: 'people'" in told[1]
    assert told[2].startswith("cat was not drawn into the input")
    assert told[3].startswith("images after the first only contribute their colours")
    assert variation_limitations("a cat", style="noir", negative="", strength=0.6, others=0) == ()


def made(tmp_path: Path, *, files: dict[str, Path], options: JSONObject) -> RenderResult:
    workshop = WorkerDirectories(directory=tmp_path, voices=tmp_path, cache=tmp_path)
    request = RenderRequest(
        "gen_1", GenerationType.IMAGE, {"text": "sunset"}, {"width": 64, "height": 64, **options}, 4, files=files
    )
    return render(request, workshop, report=lambda share: None)


def test_all_pictures_of_a_request_are_used(tmp_path: Path) -> None:
    files = {}
    for number, colour in enumerate(((200, 40, 40), (40, 200, 40))):
        files[f"images.{number}"] = tmp_path / f"{number}.png"
        Image.fromarray(plain(colour)).save(files[f"images.{number}"])
    made(tmp_path, files={"images.0": files["images.0"]}, options={"strength": 0.2})
    alone = (tmp_path / "gen_1" / "image-1.png").read_bytes()
    result = made(tmp_path, files=files, options={"strength": 0.2})

    assert (tmp_path / "gen_1" / "image-1.png").read_bytes() != alone
    assert len(result.notes) == 1
