"""Renders images of many prompts and arranges them in a grid."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.image_rendering import paint, save_picture

COLUMNS = 6
CELL_SIZE = 300  # pixels
RENDER_SIZE = 600  # pixels
PROMPTS = (
    "A sailboat on a calm lake at sunset",
    "Neon cyberpunk city at night in the rain",
    "A red fox in a misty autumn forest",
    "Ringed planet in a purple nebula, rocket",
    "Northern lights over snowy mountains, a cabin",
    "Lighthouse by a stormy sea at night",
    "Hot air balloon over a meadow of poppies at dawn",
    "A dragon above a castle, volcano, epic",
    "abstract turquoise and gold waves",
    "Two kittens on a rug in a cosy living room",
    "A blue car in a Paris street, evening",
    "An astronaut riding through space, stars",
    "A cup of coffee and a book on a table, warm morning",
    "Whale under a giant moon, starry night",
    "Three camels and the pyramids in the desert",
    "A tropical island with palms, turquoise water",
    "Coral reef with an orange fish and a green turtle",
    "A wizard in a magical forest with fireflies",
    "Penguins in the arctic snow under the aurora",
    "A pirate ship in a storm with lightning",
    "A robot in a futuristic city, pixel art",
    "Watercolour of a windmill in a field of tulips",
    "Film noir street at night in the rain, a detective",
    "Pencil sketch of an old castle on a hill",
    "Vintage photograph of a train in the mountains",
    "Synthwave sunset over the sea, neon palms",
    "An elephant and a giraffe on the savanna at sunset",
    "Pink cherry blossom garden with a temple, pastel",
    "A snowman and a rabbit in a snowy village",
    "A green dragon",
    "A golden crown and a red apple, oil painting",
    "Fireworks over the city at night",
    "A yellow submarine under the sea",
    "Bridge over a river in the fog",
    "Rainbow over a farm with cows and sheep",
    "Purple butterfly and sunflowers, vivid",
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path, help="file to write: .png, .jpg or .webp")
    parser.add_argument("prompts", nargs="*", help="prompts to render instead of the default ones")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    save_picture(contact_sheet(options.prompts or PROMPTS, seed=options.seed), options.output)


def contact_sheet(prompts: Sequence[str], *, seed: int) -> NDArray[np.uint8]:
    """Return the grid as an RGB array of shape (height, width, 3), in the order of the prompts."""
    columns = min(COLUMNS, len(prompts))
    rows = -(-len(prompts) // columns)
    sheet = Image.new("RGB", (columns * CELL_SIZE, rows * CELL_SIZE))
    for number, prompt in enumerate(prompts):
        picture = Image.fromarray(paint(prompt, RENDER_SIZE, RENDER_SIZE, seed=seed).pixels)
        cell = picture.resize((CELL_SIZE, CELL_SIZE), Image.Resampling.LANCZOS)
        sheet.paste(cell, (number % columns * CELL_SIZE, number // columns * CELL_SIZE))
    return np.asarray(sheet)


if __name__ == "__main__":
    main()
