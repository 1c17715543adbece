"""Image styles from the prompt and the `style` option, and the adjustments for unknown words."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from providers.backend import GenerationType, JSONObject
from studio.image_rendering import paint
from studio.render import render
from studio.render_task import WorkerDirectories
from studio.request import RenderRequest, RenderResult
from studio.scene.prompt_parser import parse_prompt
from studio.scene.render import compose_scene, draw_back

SEED = 3
PLAIN = "a house in a meadow at noon"


def pixels_of(prompt: str, *, seed: int = SEED) -> NDArray[np.uint8]:
    return paint(prompt, 240, 240, seed=seed, grain=False).pixels


def roughness(pixels: NDArray[np.uint8]) -> float:
    """Return the mean difference of adjacent pixels."""
    return float(np.abs(np.diff(pixels.mean(axis=2), axis=1)).mean())


@pytest.mark.parametrize(
    ("phrase", "style"),
    [
        ("isometric", "isometric"),
        ("comic book", "comic"),
        ("comic", "comic"),
        ("anime", "anime"),
        ("studio ghibli", "anime"),
        ("3d render", "clay"),
        ("3D", "clay"),
        ("claymation", "clay"),
        ("photorealistic", "photo"),
        ("cinematic", "photo"),
        ("pixel art", "pixel"),
        ("8-bit", "pixel"),
    ],
)
def test_a_style_is_recognized_by_its_phrases(phrase: str, style: str) -> None:
    assert parse_prompt(f"a house, {phrase}").styles == (style,)


@pytest.mark.parametrize("style", ["isometric", "comic", "anime", "3d render", "photorealistic"])
def test_a_style_changes_the_image_reproducibly(style: str) -> None:
    plain, first, second = pixels_of(PLAIN), pixels_of(f"{PLAIN}, {style}"), pixels_of(f"{PLAIN}, {style}")

    assert np.abs(plain.astype(int) - first).mean() > 6
    assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("style", ["isometric", "comic", "anime", "3d render", "photorealistic"])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (640, 40), (40, 640), (65, 131)])
def test_a_style_renders_at_any_size(style: str, width: int, height: int) -> None:
    assert paint(f"a cat and a castle, {style}", width, height, seed=1).pixels.shape == (height, width, 3)


@pytest.mark.parametrize("place", ["city", "street", "castle", "island", "room", "forest", "lake", "beach", "space"])
def test_an_isometric_place_has_a_plain_background(place: str) -> None:
    pixels = pixels_of(f"isometric {place}").astype(int)
    corners = np.array([pixels[-12:, :12].mean(axis=(0, 1)), pixels[-12:, -12:].mean(axis=(0, 1))])

    assert np.abs(corners[0] - corners[1]).max() < 6
    assert pixels[-30:, :30].std(axis=(0, 1)).max() < 14
    assert pixels[100:180, 60:180].std() > 14


def test_a_comic_has_a_frame_outlines_and_dots() -> None:
    pixels = pixels_of(f"{PLAIN}, comic")

    assert pixels[0].min() > 240
    assert (pixels[8:-8, 8:-8].max(axis=2) < 60).mean() > 0.02
    assert roughness(pixels) > 2 * roughness(pixels_of(PLAIN))


def test_a_photo_has_a_blurred_background() -> None:
    plain, photo = (
        draw_back(compose_scene(prompt, seed=SEED), 240, 240)[60:200, :, :3]
        for prompt in ("a cat in a city at noon", "a cat in a city at noon, photo")
    )

    assert roughness(photo) < roughness(plain) * 0.8


def test_anime_has_a_large_cloud_unless_clouds_are_negated() -> None:
    with_clouds, without_clouds = (
        pixels_of("the sea at noon, anime"),
        pixels_of("the sea at noon without clouds, anime"),
    )

    assert (with_clouds[:130].min(axis=2) > 225).mean() > (without_clouds[:130].min(axis=2) > 225).mean() + 0.03


def render_image(tmp_path: Path, options: JSONObject, *, text: str = "a fox in a forest") -> RenderResult:
    directories = WorkerDirectories(directory=tmp_path, voices=tmp_path, cache=tmp_path)
    request = RenderRequest("gen_1", GenerationType.IMAGE, {"text": text}, {"width": 64, "height": 64, **options}, 4)
    return render(request, directories, report=lambda share: None)


def test_the_style_option_equals_the_style_in_the_prompt(tmp_path: Path) -> None:
    render_image(tmp_path, {"style": "comic"})
    with_option = (tmp_path / "gen_1" / "image-1.png").read_bytes()
    render_image(tmp_path, {}, text="a fox in a forest, comic")

    assert (tmp_path / "gen_1" / "image-1.png").read_bytes() == with_option


def test_an_unknown_style_is_noted(tmp_path: Path) -> None:
    (adjustment,) = render_image(tmp_path, {"style": "flibberty"}).adjustments
    assert (adjustment.field, adjustment.requested) == ("options.style", "flibberty")
    assert render_image(tmp_path, {"style": "anime"}).adjustments == ()


def test_a_prompt_of_unknown_words_is_noted(tmp_path: Path) -> None:
    (adjustment,) = render_image(tmp_path, {}, text="quarrelsome thoughts").adjustments

    assert "limited vocabulary" in adjustment.reason
    (adjustment,) = render_image(tmp_path, {}, text="a beautiful quarrelsome flugelhorn in the forest").adjustments
    assert (adjustment.field, adjustment.requested) == ("input.text", "quarrelsome, flugelhorn")
