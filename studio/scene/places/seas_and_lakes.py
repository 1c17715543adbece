"""Seas, lakes, beaches and islands, with the sky reflected in the water."""

import numpy as np
import skia

from studio.scene.brushes import box, down, fill, ground, line, polygon, soft
from studio.scene.colour import Colour, mix, rgb, shade
from studio.scene.flora import draw_bush, draw_palm, pine_row
from studio.scene.places.terrain import (
    draw_ground,
    draw_hills,
    draw_peaks,
    draw_rim,
    height_at,
    mounds,
    plant_pines,
)
from studio.scene.render_context import SceneCanvas
from studio.scene.sky import draw_sky, lacks_disc, sun_at

_SEA: Colour = rgb("#1f7fa8")
_SAND: Colour = rgb("#f0d9a4")
SEA_HORIZON = 0.56
LAKE_HORIZON = 0.6


def sea_back(stage: SceneCanvas) -> None:
    draw_sky(stage, SEA_HORIZON)
    draw_hills(
        stage, "coast", base=SEA_HORIZON + 0.005, rise=0.06, colour=rgb("#5f7f8f"), depth=0.6, bumps=1.6, soft=False
    )
    draw_water(stage, SEA_HORIZON)


def lake_back(stage: SceneCanvas) -> None:
    draw_sky(stage, LAKE_HORIZON)
    draw_peaks(
        stage, "peaks", base=LAKE_HORIZON + 0.01, rise=0.34, depth=0.42, count=3, snow=stage.description.hour != "fire"
    )
    shore = draw_hills(
        stage, "shore", base=LAKE_HORIZON + 0.012, rise=0.06, colour=mix(stage.grass, rgb("#3f6d5a"), 0.5), depth=0.3
    )
    plant_pines(stage, "shore firs", shore, count=90, size=0.07, colour=rgb("#35604f"), depth=0.26)
    if stage.description.shows("waterfall"):
        _draw_waterfall(stage, foot=stage.height * (LAKE_HORIZON + 0.012))
    draw_water(stage, LAKE_HORIZON, still=True)


def _draw_waterfall(stage: SceneCanvas, *, foot: float) -> None:
    """Draw a cliff with a waterfall."""
    random, unit = stage.random("waterfall"), stage.unit
    x, top, wide = stage.width * random.uniform(0.35, 0.65), foot - unit * 0.27, unit * 0.1
    rock = stage.land(rgb("#6f6a72"), depth=0.2)
    steps = np.array([-3.4, -2.6, -2.2, -1.5, -1.1, -0.6, 0.6, 1.1, 1.6, 2.2, 2.8, 3.5])
    rises = np.array([0.0, 0.24, 0.4, 0.7, 0.98, 1.02, 1.0, 1.06, 0.72, 0.5, 0.22, 0.0])
    for stretch, cliff_colour in ((1.5, stage.land(rgb("#7c7a80"), depth=0.45)), (1.0, rock)):
        rough = rises * random.uniform(0.82, 1.12, len(rises)) * (0.8 if stretch > 1 else 1.0)
        rough[5:7] = rises[5:7] if stretch == 1.0 else rough[5:7]
        cliff = polygon(x + steps * wide * stretch, foot - (foot - top) * rough)
        stage.canvas.drawPath(cliff, down(top, foot, (shade(cliff_colour, 0.12), shade(cliff_colour, -0.3))))
    ledge = stage.xs[np.abs(stage.xs - x) < wide * 5]
    trees = ledge[random.random(len(ledge)) < min(1.0, 26 / max(1, len(ledge)))]
    trees = trees[np.abs(trees - x) > (np.inf if stage.description.lacks("trees") else wide * 0.9)]
    feet = foot - (foot - top) * np.interp((trees - x) / wide, steps, rises) * 0.86
    firs = pine_row(trees, feet, unit * random.uniform(0.04, 0.075, len(trees)))
    stage.canvas.drawPath(firs, fill(stage.land(rgb("#35604f"), depth=0.1)))
    water = stage.light.on((238, 247, 252))
    fall = polygon([x - wide * 0.55, x + wide * 0.55, x + wide * 0.7, x - wide * 0.7], [top, top, foot, foot])
    stage.canvas.drawPath(fall, down(top, foot, (shade(water, -0.12), water)))
    for share in random.uniform(-0.55, 0.55, 16).tolist():
        start = top + (foot - top) * random.random() * 0.4
        streak = line(shade(water, -0.32), max(0.8, unit * 0.003), 0.5)
        stage.canvas.drawLine(x + share * wide, start, x + share * wide * 1.2, foot, streak)
    for share in np.linspace(-1.1, 1.1, 7).tolist():
        stage.canvas.drawCircle(x + share * wide, foot, unit * 0.03, soft(fill(water, 0.7), unit * 0.03))


def draw_water(stage: SceneCanvas, horizon: float, *, still: bool = False) -> None:
    """Draw water from the horizon to the bottom with a reflection of everything drawn above it."""
    top, height, canvas = stage.height * horizon, stage.height, stage.canvas
    mirrored = stage.surface.makeImageSnapshot()
    near = stage.light.on(_SEA)
    canvas.drawRect(
        box(0, top, stage.width, height), down(top, height, (mix(stage.light.haze, near, 0.45), shade(near, -0.45)))
    )
    canvas.save()
    canvas.clipRect(box(0, top, stage.width, height))
    canvas.translate(0, top * 2)
    canvas.scale(1, -1)
    alpha = 165 if still else 110
    canvas.drawImage(mirrored, 0, 0, skia.SamplingOptions(), skia.Paint(Alpha=alpha))
    canvas.restore()
    deep = shade(near, -0.6)
    canvas.drawRect(box(0, top, stage.width, height), down(top, height, (deep, deep), alphas=(0.0, 0.55)))
    _draw_ripples(stage, top, still=still)
    if stage.description.hour not in ("storm", "overcast") and not lacks_disc(stage):
        _draw_glitter(stage, top, horizon)


def _draw_ripples(stage: SceneCanvas, top: float, *, still: bool) -> None:
    random = stage.random("ripples")
    colours = (mix(stage.light.horizon, stage.light.sun, 0.4), shade(stage.light.on(_SEA), -0.5))
    wide = min(3.0, max(1.0, stage.width / stage.height))
    for near in np.sort(random.random(round((90 if still else 190) * wide)) ** 1.5).tolist():
        y = top + (stage.height - top) * near
        length = stage.unit * (0.015 + 0.2 * near) * random.uniform(0.4, 1.2)
        x, colour = random.uniform(-0.05, 1.05) * stage.width, colours[int(random.random() < 0.5)]
        paint = line(colour, max(0.8, stage.unit * 0.0036 * (0.25 + near)), 0.22)
        stage.canvas.drawLine(x - length / 2, y, x + length / 2, y, paint)
    if stage.description.shows("wild") and not still:
        for near in (0.25, 0.5, 0.8):
            _draw_swell(stage, top + (stage.height - top) * near, near=near)


def _draw_swell(stage: SceneCanvas, y: float, *, near: float) -> None:
    random = stage.random(f"swell {near}")
    phase, length = random.random() * 6, stage.unit * (0.2 + 0.35 * near)
    wave = 1 - np.abs(np.sin(stage.xs / length + phase))
    ys = y - stage.unit * 0.07 * near * wave
    water = shade(stage.light.on(_SEA), -0.1 - 0.3 * near)
    stage.canvas.drawPath(
        ground(stage.xs, ys, y + stage.unit * 0.16),
        down(float(ys.min()), y + stage.unit * 0.1, (shade(water, 0.2), water), alphas=(0.9, 0.0)),
    )
    edge = polygon([*stage.xs, *stage.xs[::-1]], [*ys, *(ys[::-1] + stage.unit * 0.012 * wave[::-1] + 1)])
    stage.canvas.drawPath(edge, fill(stage.light.on((246, 250, 252)), 0.75))


def _draw_glitter(stage: SceneCanvas, top: float, horizon: float) -> None:
    """Draw the reflection of the sun or moon as a path of glitter."""
    random = stage.random("glitter")
    x, _, _ = sun_at(stage, stage.height * horizon)
    for near in (random.random(120) ** 1.4).tolist():
        y = top + (stage.height - top) * near
        length = stage.unit * (0.01 + 0.07 * near) * random.uniform(0.4, 1.3)
        at = x + float(random.normal(0, 1)) * stage.unit * (0.02 + 0.1 * near)
        paint = line(stage.light.sun, max(0.8, stage.unit * 0.0042 * (0.35 + near)), 0.62 * (1 - 0.5 * near))
        stage.canvas.drawLine(at - length / 2, y, at + length / 2, y, paint)


def sea_front(stage: SceneCanvas) -> None:
    """Draw nothing: an islet is drawn only under subjects that stand."""


def draw_islet(stage: SceneCanvas, x: float, y: float, *, width: float) -> None:
    """Draw an islet under a standing subject."""
    rock = stage.land(rgb("#7f7a72") if stage.place == "sea" else _SAND)
    across = np.linspace(-1, 1, 50)
    random = stage.random("islet")
    rough = np.interp(across, np.linspace(-1, 1, 14), random.uniform(-0.12, 0.12, 14))
    rise = width * 0.13 * np.clip(1 - across**4 + rough * (1 - across**2), 0, None)
    foam = box(x - width * 0.62, y - width * 0.02, x + width * 0.62, y + width * 0.055)
    stage.canvas.drawOval(foam, fill(stage.light.on((250, 252, 255)), 0.5))
    stage.canvas.drawPath(
        ground(x + across * width * 0.56, np.minimum(y + width * 0.1 - rise, y + width * 0.022), y + width * 0.022),
        down(y - width * 0.06, y + width * 0.05, (rock, shade(rock, -0.4))),
    )


def lake_front(stage: SceneCanvas) -> None:
    """Draw reeds along the bottom edge."""
    if stage.description.lacks("grass"):
        return
    random = stage.random("reeds")
    for side in random.random(round(26 * max(1.0, stage.width / stage.height))):
        x = stage.width * (0.22 * float(side) if random.random() < 0.5 else 1 - 0.22 * float(side))
        foot = stage.height * (1.01 + 0.03 * random.random())
        height = stage.unit * random.uniform(0.08, 0.2)
        lean = stage.unit * random.uniform(-0.02, 0.03)
        reed = stage.land(shade(rgb("#5f7a3c"), random.uniform(-0.4, 0.1)))
        stage.canvas.drawLine(x, foot, x + lean, foot - height, line(reed, stage.unit * 0.005))
        if random.random() < 0.5:
            head = line(stage.land(rgb("#6a4226")), stage.unit * 0.012)
            stage.canvas.drawLine(x + lean * 0.8, foot - height * 0.8, x + lean, foot - height, head)


def beach_back(stage: SceneCanvas) -> None:
    draw_sky(stage, 0.5)
    draw_hills(stage, "cape", base=0.505, rise=0.08, colour=rgb("#4f8a72"), depth=0.5, bumps=1.2)
    draw_water(stage, 0.5)


def beach_front(stage: SceneCanvas) -> None:
    bend = np.sin(stage.xs / stage.width * 4.4 + stage.random("shore").random() * 6)
    ys = np.asarray(stage.height * (0.8 + 0.035 * bend), np.float32)
    foam = stage.light.on((252, 254, 255))
    for lift, alpha in ((0.035, 0.35), (0.018, 0.6), (0.006, 0.95)):
        stage.canvas.drawPath(ground(stage.xs, ys - stage.height * lift, stage.height), fill(foam, alpha))
    draw_ground(stage, ys, (stage.land(shade(_SAND, -0.12)), stage.land(_SAND), stage.land(shade(_SAND, -0.2))))
    random = stage.random("palms")
    if "palm" not in stage.description.excluded:
        for side, lean in ((0.06, 0.2), (0.15, 0.1)):
            right = random.random() < 0.5
            x = stage.width * (1 - side if right else side)
            draw_palm(
                stage,
                x,
                height_at(stage, ys, x) + stage.unit * 0.05,
                height=stage.unit * random.uniform(0.42, 0.6),
                lean=-lean if right else lean,
            )


def island_back(stage: SceneCanvas) -> None:
    draw_sky(stage, SEA_HORIZON)
    draw_water(stage, SEA_HORIZON)
    x, y, width = stage.width * 0.5, stage.height * 0.68, min(stage.width * 0.42, stage.unit * 0.62)
    across = np.linspace(-1, 1, 70)
    shallow = box(x - width * 1.25, y - stage.unit * 0.03, x + width * 1.25, y + stage.unit * 0.09)
    stage.canvas.drawOval(shallow, fill(stage.light.on(rgb("#6fe0d0")), 0.45))
    beach = ground(
        x + across * width, y + stage.unit * 0.03 - stage.unit * 0.09 * (1 - across**2), y + stage.unit * 0.03
    )
    stage.canvas.drawPath(
        beach, down(y - stage.unit * 0.06, y + stage.unit * 0.04, (stage.land(_SAND), stage.land(shade(_SAND, -0.2))))
    )
    random = stage.random("island")
    hill = stage.unit * 0.17 * (1 - across**2) ** 1.5 * (1 + 0.25 * np.sin(across * 7 + random.random() * 6))
    green = stage.land(rgb("#4f9a58"))
    stage.canvas.drawPath(
        ground(x + across * width * 0.72, y - stage.unit * 0.015 - hill, y - stage.unit * 0.012),
        down(y - stage.unit * 0.2, y, (shade(green, 0.12), shade(green, -0.3))),
    )
    for dx in np.linspace(-0.62, 0.62, 9):
        draw_bush(stage, x + float(dx) * width, y - stage.unit * 0.01, height=stage.unit * 0.05, random=random)


def island_front(stage: SceneCanvas) -> None:
    x, y, random = stage.width * 0.5, stage.height * 0.68, stage.random("island palms")
    width = min(stage.width * 0.42, stage.unit * 0.62)
    for dx, lean in ((-0.55, -0.22), (-0.36, 0.12), (0.42, -0.1), (0.62, 0.24)):
        draw_palm(
            stage, x + dx * width, y + stage.unit * 0.005, height=stage.unit * random.uniform(0.26, 0.4), lean=lean
        )


def draw_strand(stage: SceneCanvas) -> None:
    """Draw a strip of water along the bottom of a dry place for subjects that swim or float."""
    ys = mounds(stage, "strand", base=0.84, rise=0.01)
    water = stage.light.on(_SEA)
    draw_ground(stage, ys, (mix(stage.light.haze, water, 0.5), shade(water, -0.4)))
    draw_rim(stage, ys, alpha=0.45)
    random = stage.random("strand ripples")
    for near in random.random(50).tolist():
        y = stage.height * (0.86 + 0.14 * near)
        length, x = stage.unit * (0.03 + 0.1 * near), random.random() * stage.width
        stage.canvas.drawLine(x, y, x + length, y, line(stage.light.horizon, max(0.8, stage.unit * 0.003), 0.3))
