"""Open landscapes: mountains, fields, gardens, deserts, snowfields and volcanoes."""

from itertools import pairwise

import numpy as np

from studio.scene.brushes import down, fill, glow, ground, line, polygon
from studio.scene.colour import Colour, mix, rgb, shade
from studio.scene.flora import draw_bush, draw_cactus, draw_grass, draw_pine
from studio.scene.places.terrain import (
    draw_ground,
    draw_hills,
    draw_peaks,
    draw_rim,
    height_at,
    mounds,
    plant_pines,
    plant_trees,
)
from studio.scene.render_context import SceneCanvas
from studio.scene.sky import draw_sky

_FIR: Colour = rgb("#3a6a58")
_SAND: Colour = rgb("#e6b268")
_PETALS = tuple(rgb(code) for code in ("#ff5a6e", "#ffd23f", "#ffffff", "#c77dff", "#ff9a4d"))


def mountain_back(stage: SceneCanvas) -> None:
    draw_sky(stage, 0.66)
    snow = stage.description.hour != "fire"
    draw_peaks(stage, "far peaks", base=0.66, rise=0.36, depth=0.62, count=3, snow=snow)
    draw_peaks(stage, "peaks", base=0.74, rise=0.4, depth=0.3, count=2, snow=snow)
    slope = draw_hills(stage, "slope", base=0.8, rise=0.12, colour=_meadow(stage, 0.25), depth=0.35)
    plant_pines(stage, "slope firs", slope, count=60, size=0.07, colour=_FIR, depth=0.32)


def mountain_front(stage: SceneCanvas) -> None:
    ys = mounds(stage, "near", base=0.9, rise=0.06)
    meadow = _meadow(stage, 0.1)
    draw_ground(stage, ys, (stage.land(shade(meadow, 0.06)), stage.land(shade(meadow, -0.45))))
    draw_rim(stage, ys)
    if stage.description.shows("flowers"):
        scatter_flowers(stage, ys, count=260)
    _edge_pines(stage, ys, count=9)


def _meadow(stage: SceneCanvas, share: float) -> Colour:
    return mix(stage.grass, rgb("#40705c"), share if not stage.wintry else 0.0)


def _edge_pines(stage: SceneCanvas, ys: np.ndarray, *, count: int) -> None:
    """Draw tall firs near both sides and leave the middle free."""
    random = stage.random("edge pines")
    for side in np.sort(np.abs(random.normal(0, 0.13, count)))[::-1]:
        x = stage.width * float(side if random.random() < 0.5 else 1 - side)
        height = stage.unit * (0.16 + 0.2 * random.random()) * (1.25 - min(1.0, float(side) * 2.4))
        draw_pine(stage, x, height_at(stage, ys, x) + stage.unit * 0.03, height=max(height, stage.unit * 0.08))


def field_back(stage: SceneCanvas) -> None:
    draw_sky(stage, 0.62)
    far = draw_hills(stage, "far", base=0.63, rise=0.16, colour=mix(stage.grass, rgb("#4f7f8f"), 0.5), depth=0.55)
    plant_trees(stage, "far trees", far, count=12, size=0.035, depth=0.5)
    middle = draw_hills(stage, "middle", base=0.7, rise=0.12, colour=stage.grass, depth=0.34)
    plant_trees(stage, "middle trees", middle, count=7, size=0.09, depth=0.26)
    draw_hills(stage, "close", base=0.76, rise=0.08, colour=mix(stage.grass, rgb("#d8c860"), 0.3), depth=0.2)


def field_front(stage: SceneCanvas) -> None:
    ys = mounds(stage, "near", base=0.78, rise=0.05)
    draw_ground(stage, ys, (stage.land(shade(stage.grass, 0.1)), stage.land(shade(stage.grass, -0.4))))
    draw_rim(stage, ys)
    if not stage.wintry:
        scatter_flowers(stage, ys, count=420 if stage.description.shows("flowers") else 130)
    else:
        _edge_pines(stage, ys, count=6)


def scatter_flowers(stage: SceneCanvas, ys: np.ndarray, *, count: int) -> None:
    """Draw grass and flowers on the ground, larger towards the viewer."""
    random = stage.random("flowers")
    petals = (
        (stage.light.accent, *_PETALS)
        if not stage.description.tints
        else (*stage.description.tints, stage.description.tints[0], (255.0, 255.0, 255.0))
    )
    blades = stage.land(shade(stage.grass, -0.22))
    wide = min(3.0, max(1.0, stage.width / stage.height))
    for near in np.sort(random.random(int(count * wide))).tolist():
        x = random.random() * stage.width
        top = height_at(stage, ys, x)
        y = top + (stage.height * 1.02 - top) * near**1.3 + stage.unit * 0.01
        size = stage.unit * (0.004 + 0.013 * near**1.6)
        if random.random() < 0.5:
            draw_grass(stage, x, y, height=size * 4, colour=shade(blades, 0.12 * random.random()), random=random)
            continue
        colour = stage.light.on(petals[int(random.integers(len(petals)))])
        if stage.description.lacks("flowers"):
            continue
        stage.canvas.drawLine(x, y, x, y - size * 2.6, line(blades, max(0.8, size * 0.34)))
        stage.canvas.drawCircle(x, y - size * 2.8, size, fill(colour))
        stage.canvas.drawCircle(x, y - size * 2.8, size * 0.4, fill(stage.light.on(rgb("#ffe27a"))))


def garden_back(stage: SceneCanvas) -> None:
    draw_sky(stage, 0.6)
    tree_line = mounds(stage, "wood", base=0.62, rise=0.05)
    plant_trees(stage, "wood trees", tree_line, count=16, size=0.2, depth=0.35)
    draw_hills(stage, "lawn", base=0.66, rise=0.02, colour=stage.grass, depth=0.12)
    random = stage.random("hedge")
    step = stage.unit * 0.085
    for number in range(int(stage.width / step) + 2):
        draw_bush(stage, number * step, stage.height * 0.685, height=stage.unit * 0.075, random=random)


def garden_front(stage: SceneCanvas) -> None:
    ys = mounds(stage, "near", base=0.7, rise=0.012)
    draw_ground(stage, ys, (stage.land(shade(stage.grass, 0.12)), stage.land(shade(stage.grass, -0.34))))
    if not stage.description.lacks("road"):
        _draw_path(stage, top=float(ys.mean()))
    scatter_flowers(stage, ys, count=420)


def _draw_path(stage: SceneCanvas, *, top: float) -> None:
    sand, middle = stage.land(rgb("#dcc9a0")), stage.width * 0.5
    xs_left, xs_right = [], []
    steps = np.linspace(0, 1, 24)
    for share in steps:
        centre = middle + stage.unit * 0.12 * np.sin(share * 4) * (1 - share * 0.5)
        half = stage.unit * (0.02 + 0.17 * share**1.4)
        xs_left.append(centre - half)
        xs_right.append(centre + half)
    ys = top + (stage.height - top) * steps
    outline_xs = [*xs_left, *xs_right[::-1]]
    stage.canvas.drawPath(
        polygon(outline_xs, [*ys, *ys[::-1]]), down(top, stage.height, (sand, shade(sand, -0.22)))
    )  # fmt: skip


def desert_back(stage: SceneCanvas) -> None:
    draw_sky(stage, 0.62)
    draw_hills(stage, "mesa", base=0.64, rise=0.11, colour=rgb("#b5683f"), depth=0.5, bumps=4, soft=False)
    for number, (base, rise) in enumerate(((0.68, 0.07), (0.75, 0.1))):
        _draw_dune(stage, f"dune {number}", base=base, rise=rise, depth=0.36 - 0.2 * number)


def desert_front(stage: SceneCanvas) -> None:
    _draw_dune(stage, "near dune", base=0.86, rise=0.09, depth=0.0)
    random = stage.random("cactus")
    if "cactus" not in stage.description.excluded:
        for side in random.uniform(0.04, 0.2, 3):
            x = stage.width * float(side if random.random() < 0.5 else 1 - side)
            draw_cactus(
                stage, x, stage.height * (0.86 + 0.08 * random.random()), height=stage.unit * random.uniform(0.1, 0.2)
            )


def _draw_dune(stage: SceneCanvas, name: str, *, base: float, rise: float, depth: float) -> None:
    """Draw a dune with one sharp crest and a shadow on its lee side."""
    random = stage.random(name)
    x = stage.xs / stage.width
    centre = 0.22 + 0.56 * float(random.random())
    slopes = np.where(x < centre, np.exp(-(((x - centre) / 0.42) ** 2)), np.exp(-np.abs(x - centre) * 2.4))
    ys = stage.height * (base - rise * (slopes + 0.12 * np.sin(x * 6 + random.random() * 6)))
    sand = stage.land(_SAND, depth=depth)
    lit = down(float(ys.min()), stage.height, (shade(sand, 0.14), shade(sand, -0.22)))
    stage.canvas.drawPath(ground(stage.xs, ys, stage.height), lit)
    crest = float(np.interp(centre, x, ys))
    along = np.linspace(1, 0, 24)
    edge_xs = stage.width * centre + stage.unit * (0.1 * np.sin(along * 4.2) - 0.22 * along)
    edge_ys = crest + (stage.height - crest) * along
    lee = x >= centre
    shadow = polygon([*stage.xs[lee], stage.xs[-1], *edge_xs], [*ys[lee], stage.height, *edge_ys])
    dark = mix(shade(sand, -0.3), stage.light.top, 0.2)
    stage.canvas.drawPath(shadow, down(crest, stage.height, (dark, dark), alphas=(0.72, 0.0)))


def snowfield_back(stage: SceneCanvas) -> None:
    draw_sky(stage, 0.66)
    draw_peaks(stage, "ice", base=0.68, rise=0.24, depth=0.6, count=4, snow=True)
    slope = draw_hills(stage, "slope", base=0.76, rise=0.1, colour=(232, 240, 248), depth=0.3)
    plant_pines(stage, "firs", slope, count=40, size=0.07, colour=_FIR, depth=0.4)


def snowfield_front(stage: SceneCanvas) -> None:
    ys = mounds(stage, "near", base=0.86, rise=0.06)
    snow: Colour = (240, 246, 252)
    draw_ground(stage, ys, (stage.land(snow), mix(stage.land(snow), stage.land(rgb("#6f93c4")), 0.45)))
    _edge_pines(stage, ys, count=10)


def volcano_back(stage: SceneCanvas) -> None:
    draw_sky(stage, 0.72)
    width, height, x = stage.width, stage.height, stage.width * 0.5
    top, foot, half = height * 0.3, height * 0.82, min(width * 0.6, height * 0.75)
    glow(stage.canvas, x, top, radius=stage.unit * 0.5, colour=rgb("#ff6a1f"), alpha=0.85)
    across = np.linspace(-1, 1, 80)
    slope = np.sign(across) * np.abs(across)
    ys = top + (foot - top) * np.clip((np.abs(slope) - 0.12) / 0.88, 0, 1) ** 0.72
    rock = stage.land(rgb("#4a3a40"), depth=0.1)
    stage.canvas.drawPath(
        ground(x + across * half, ys, height), down(top, foot, (rock, stage.land(rgb("#4a3a40"), depth=0.45)))
    )
    random = stage.random("lava")
    lava = rgb("#ff7a1a")
    for number, start in enumerate((-0.07, 0.0, 0.08)):
        run = np.cumsum(random.normal(start * 0.5, 0.02, 14)) + start
        points = list(
            zip(x + run * half, np.linspace(top, top + (foot - top) * (0.95 - 0.2 * number), 14), strict=True)
        )
        for (x0, y0), (x1, y1) in pairwise(points):
            stage.canvas.drawLine(float(x0), float(y0), float(x1), float(y1), line(lava, stage.unit * 0.03, 0.35))
            stage.canvas.drawLine(
                float(x0), float(y0), float(x1), float(y1), line(shade(lava, 0.3), stage.unit * 0.011)
            )
    for _ in range(50):
        angle, far = random.normal(0, 0.5), stage.unit * 0.4 * random.random() ** 0.7
        spark = (x + float(np.sin(angle)) * far, top - float(np.cos(angle)) * far)
        stage.canvas.drawCircle(
            *spark, stage.unit * 0.0045 * random.random() + 0.6, fill(shade(lava, 0.4 * random.random()))
        )
    draw_hills(stage, "rocks", base=0.88, rise=0.1, colour=rgb("#3d2f36"), depth=0.12, bumps=5, soft=False)


def volcano_front(stage: SceneCanvas) -> None:
    ys = mounds(stage, "near", base=0.92, rise=0.05)
    draw_ground(stage, ys, (stage.land(rgb("#54434a")), stage.land(rgb("#1f171c"))))
    draw_rim(stage, ys, colour=rgb("#ff8a3c"), alpha=0.7)
