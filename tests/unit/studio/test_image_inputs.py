"""Images made from input images: their content and colours, and the subjects of the prompt."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from providers.backend import GenerationType, JSONObject
from studio.image_rendering import paint, variation
from studio.limitations import SUBJECT_STRENGTH, variation_limitations
from studio.render import render
from studio.render_task import WorkerDirectories
from studio.request import RenderRequest, RenderResult

SEED = 1


def solid_image(colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    return np.full((90, 120, 3), colour, np.uint8)


def vary_street(prompt: str, *, strength: float, others: tuple[NDArray[np.uint8], ...] = ()) -> NDArray[np.uint8]:
    street = paint("a street at noon", 120, 90, seed=SEED).pixels
    return variation(street, prompt, 120, 90, seed=SEED, strength=strength, others=others).pixels


def test_a_strong_variation_shows_the_subject_and_a_weak_one_does_not() -> None:
    def subject_visibility(strength: float) -> float:
        with_cat, without = (vary_street(prompt, strength=strength)[30:, 40:80] for prompt in ("a cat at noon", "noon"))
        return float(np.abs(with_cat.astype(int) - without).mean())

    assert subject_visibility(SUBJECT_STRENGTH) > subject_visibility(SUBJECT_STRENGTH - 0.05) + 8


def test_the_subject_takes_the_colours_of_the_input() -> None:
    red, blue = (
        variation(solid_image(colour), "a white ghost at noon", 120, 90, seed=SEED, strength=0.6).pixels[40:70, 50:70]
        for colour in ((200, 60, 40), (40, 60, 200))
    )

    assert red[..., 0].mean() - red[..., 2].mean() > blue[..., 0].mean() - blue[..., 2].mean() + 20


def test_what_describes_the_input_is_not_drawn_into_it_again() -> None:
    described = "An ad for the product in the first image: a cat to put on a shelf. Noon."
    drawn, plain = (
        vary_street(described, strength=0.5),
        vary_street(described.replace(": a cat to put on a shelf", ""), strength=0.5),
    )

    assert np.array_equal(drawn, plain)
    notes = variation_limitations(described, style=None, negative="", strength=0.5, others=0)
    assert all("cat" not in note.reason for note in notes)


def test_further_inputs_show_at_the_edges_and_in_the_colours() -> None:
    single = vary_street("", strength=0.1)
    green = vary_street("", strength=0.1, others=(solid_image((20, 220, 30)),))
    both = vary_street("", strength=0.1, others=(solid_image((20, 220, 30)), solid_image((230, 20, 220))))

    assert green[:, -12:, 1].mean() > green[:, -12:, 0].mean() + 60
    assert both[:, :12, 0].mean() > both[:, :12, 1].mean() + 60
    assert (
        green[:, 50:60, 1].mean() - green[:, 50:60, 0].mean()
        > single[:, 50:60, 1].mean() - single[:, 50:60, 0].mean() + 8
    )


@pytest.mark.parametrize("count", [1, 4, 7])
def test_blending_is_reproducible_for_any_number_of_inputs(count: int) -> None:
    others = tuple(solid_image((30 * number, 200 - 20 * number, 90)) for number in range(count))

    assert (
        vary_street("dusk", strength=0.4, others=others).tobytes()
        == vary_street("dusk", strength=0.4, others=others).tobytes()
    )


def test_the_limitations_of_a_variation_are_noted() -> None:
    notes = variation_limitations("a cat without people", style="flibberty", negative="", strength=0.4, others=2)
    reasons = [adjustment.reason for adjustment in notes]

    assert reasons[0] == "the style 'flibberty' is not simulated"
    assert "removes nothing from an input image: 'people'" in reasons[1]
    assert reasons[2].startswith("cat was not drawn into the input")
    assert reasons[3].startswith("images after the first only contribute their colours")
    assert variation_limitations("a cat", style="noir", negative="", strength=0.6, others=0) == ()


def render_image(tmp_path: Path, *, files: dict[str, Path], options: JSONObject) -> RenderResult:
    directories = WorkerDirectories(directory=tmp_path, voices=tmp_path, cache=tmp_path)
    request = RenderRequest(
        "gen_1", GenerationType.IMAGE, {"text": "sunset"}, {"width": 64, "height": 64, **options}, 4, files=files
    )
    return render(request, directories, report=lambda share: None)


def test_all_input_images_of_a_request_are_used(tmp_path: Path) -> None:
    files = {}
    for number, colour in enumerate(((200, 40, 40), (40, 200, 40))):
        files[f"images.{number}"] = tmp_path / f"{number}.png"
        Image.fromarray(solid_image(colour)).save(files[f"images.{number}"])
    render_image(tmp_path, files={"images.0": files["images.0"]}, options={"strength": 0.2})
    single = (tmp_path / "gen_1" / "image-1.png").read_bytes()
    result = render_image(tmp_path, files=files, options={"strength": 0.2})

    assert (tmp_path / "gen_1" / "image-1.png").read_bytes() != single
    assert len(result.adjustments) == 1
