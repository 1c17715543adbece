"""A forest: rows of trees fading with distance, and shafts of light between them."""

import numpy as np
import skia

from studio.scene.brushes import down, fill, polygon, soft
from studio.scene.colour import Colour, mix, rgb, shade
from studio.scene.flora import draw_bush, draw_grass, draw_pine, draw_round_tree
from studio.scene.pen import Pen
from studio.scene.places.terrain import draw_ground, height_at, mounds
from studio.scene.render_context import SceneCanvas
from studio.scene.sky import draw_haze, draw_sky

_BARK: Colour = rgb("#5a4636")
_MOSS: Colour = rgb("#5f7d42")


def forest_back(stage: SceneCanvas) -> None:
    draw_sky(stage, 0.8)
    for number, depth in enumerate((0.68, 0.46, 0.26)):
        _draw_tree_row(stage, f"stand {number}", base=0.72 + 0.06 * number, depth=depth, size=0.32 + 0.12 * number)
        draw_haze(stage, stage.height * (0.72 + 0.06 * number), thickness=stage.height * 0.2, alpha=0.42)
    if not stage.light.dark and stage.description.hour not in ("storm", "overcast"):
        _draw_light_shafts(stage)


def _draw_tree_row(stage: SceneCanvas, name: str, *, base: float, depth: float, size: float) -> None:
    random = stage.random(name)
    ys = mounds(stage, f"{name} floor", base=base, rise=0.03)
    floor = stage.land(stage.grass if stage.wintry else mix(_MOSS, stage.grass, 0.4), depth=depth)
    draw_ground(stage, ys, (floor, shade(floor, -0.12)))
    leafy = stage.description.season in ("autumn", "spring") or stage.random("kind of wood").random() < 0.35
    count = round(8 * max(1.0, stage.width / stage.height))
    for at in np.sort(random.random(count)):
        x = (float(at) * 1.06 - 0.03) * stage.width
        height, foot = stage.unit * size * random.uniform(0.75, 1.25), height_at(stage, ys, x) + stage.unit * 0.012
        if leafy:
            draw_round_tree(stage, x, foot, height=height, random=random, depth=depth)
        else:
            draw_pine(stage, x, foot, height=height, depth=depth)


def _draw_light_shafts(stage: SceneCanvas) -> None:
    """Draw slanted bands of sunlight."""
    random = stage.random("shafts")
    for _ in range(5):
        x, wide = stage.width * random.uniform(0.1, 1.1), stage.unit * random.uniform(0.04, 0.13)
        lean, bottom = stage.unit * 0.5, stage.height * 0.9
        band = polygon([x, x + wide, x + wide * 1.9 - lean, x - lean], [0, 0, bottom, bottom])
        paint = down(0, bottom, (stage.light.sun,) * 2, alphas=(0.26, 0.0))
        paint.setBlendMode(skia.BlendMode.kScreen)
        stage.canvas.drawPath(band, soft(paint, wide * 0.25))


def forest_front(stage: SceneCanvas) -> None:
    ys = mounds(stage, "near", base=0.88, rise=0.045)
    floor = stage.grass if stage.wintry else mix(_MOSS, stage.grass, 0.3)
    draw_ground(stage, ys, (stage.land(floor), stage.land(shade(floor, -0.55))))
    random = stage.random("undergrowth")
    for at in np.sort(random.random(round(60 * max(1.0, stage.width / stage.height)))):
        x = float(at) * stage.width
        y = height_at(stage, ys, x) + stage.unit * 0.1 * random.random()
        tuft = stage.land(shade(floor, random.uniform(-0.35, 0.1)))
        draw_grass(
            stage, x, y + stage.unit * 0.01, height=stage.unit * random.uniform(0.02, 0.045), colour=tuft, random=random
        )
    if not stage.description.lacks("trees"):
        _draw_trunks(stage)
    for at in (0.02, 0.1, 0.9, 0.99):
        x = stage.width * at
        draw_bush(stage, x, height_at(stage, ys, x) + stage.unit * 0.06, height=stage.unit * 0.1, random=random)


def _draw_trunks(stage: SceneCanvas) -> None:
    """Draw two large trunks at the sides and the leaves above them."""
    bark = stage.land(shade(_BARK, -0.25))
    for mirrored, x in ((False, stage.width * 0.03), (True, stage.width * 0.97)):
        with Pen(stage.canvas, x, stage.height * 0.98, height=stage.height, mirrored=mirrored) as pen:
            thick = 100 * stage.unit / stage.height
            half = 0.075 * thick
            pen.shape(f"M {-half * 2.6:.2f} -2 Q {-half:.2f} 6 {-half:.2f} "
                f"30 L {-half * 0.8:.2f} 104 L {half * 0.7:.2f} 104 "
                      f"Q {half * 0.9:.2f} 40 {half:.2f} 26 Q {half:.2f} 6 {half * 3:.2f} -2 Z", bark)  # fmt: skip
            for share in (-0.4, 0.1, 0.5):
                pen.stroke(f"M {half * share:.2f} 8 Q {half * (share + 0.2):.2f} 50 {half * share * 0.8:.2f} 100",
                           shade(bark, -0.25), half * 0.1)  # fmt: skip
    _draw_canopy(stage)


def _draw_canopy(stage: SceneCanvas) -> None:
    """Draw leaves in both upper corners."""
    random = stage.random("canopy")
    for _ in range(46):
        inwards = abs(float(random.normal(0, 0.13))) * stage.unit
        x = inwards if random.random() < 0.5 else stage.width - inwards
        y = stage.unit * abs(float(random.normal(0, 0.05)))
        leaves = stage.land(shade(stage.leaf(random), -0.42 + 0.2 * random.random()))
        stage.canvas.drawCircle(x, y, stage.unit * random.uniform(0.025, 0.06), fill(leaves))
