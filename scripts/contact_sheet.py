"""Lays pictures painted from many prompts side by side, to look at."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.picture import paint, save_picture

COLUMNS = 6
CELL_PIXELS = 300
PAINTED_PIXELS = 600
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
    parser.add_argument("output", type=Path, help="where the sheet is written: .png, .jpg or .webp")
    parser.add_argument("prompts", nargs="*", help="what to paint, instead of the 36 prompts kept here")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    save_picture(contact_sheet(options.prompts or PROMPTS, seed=options.seed), options.output)


def contact_sheet(prompts: Sequence[str], *, seed: int) -> NDArray[np.uint8]:
    """The pictures in rows, in the order of their prompts."""
    columns = min(COLUMNS, len(prompts))
    rows = -(-len(prompts) // columns)
    sheet = Image.new("RGB", (columns * CELL_PIXELS, rows * CELL_PIXELS))
    for number, prompt in enumerate(prompts):
        picture = Image.fromarray(paint(prompt, PAINTED_PIXELS, PAINTED_PIXELS, seed=seed).pixels)
        cell = picture.resize((CELL_PIXELS, CELL_PIXELS), Image.Resampling.LANCZOS)
        sheet.paste(cell, (number % columns * CELL_PIXELS, number // columns * CELL_PIXELS))
    return np.asarray(sheet)


if __name__ == "__main__":
    main()
