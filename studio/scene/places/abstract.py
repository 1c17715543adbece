"""Abstract pictures: flowing colour, overlapping discs, triangular facets or layered waves."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import skia
from PIL import Image

from studio.scene.brushes import box, down, fill, ground, polygon, texture
from studio.scene.colour import Colour, brightness, mix, pure, shade
from studio.scene.noise import Field, clouds, rolling
from studio.scene.render_context import SceneCanvas

_FLOW_ROWS = 420


def abstract_back(stage: SceneCanvas) -> None:
    random = stage.random("manner")
    tones = _tones(stage)
    styles: tuple[Callable[[SceneCanvas, list[Colour]], None], ...] = (
        _draw_flow,
        _draw_waves,
        _draw_facets,
        _draw_discs,
    )
    style = styles[int(random.integers(len(styles)))]
    prompt_words = " ".join(stage.description.followed)
    style = next((candidate for word, candidate in _STYLE_BY_WORD.items() if word in prompt_words), style)
    style(stage, tones)


def abstract_front(stage: SceneCanvas) -> None:
    """Draw nothing: the background is the whole picture."""


def _tones(stage: SceneCanvas) -> list[Colour]:
    light = stage.light
    if not stage.description.tints:
        return [
            pure(tone, 0.2)
            for tone in (shade(light.top, -0.3), light.top, light.middle, light.accent, light.horizon, light.sun)
        ]
    first, last = stage.description.tints[0], stage.description.tints[-1]
    if first == last:
        last = mix(first, light.accent if brightness(first) > 0.9 else (255, 240, 220), 0.6)
    return [shade(first, -0.7), shade(first, -0.35), first, mix(first, last, 0.5), last, shade(last, 0.55)]


def _draw_flow(stage: SceneCanvas, tones: list[Colour]) -> None:
    """Draw domain-warped noise, shaded by the slope of its folds."""
    random = stage.random("flow")
    rows = min(_FLOW_ROWS, max(48, stage.height))
    columns = min(1400, max(48, round(rows * stage.width / stage.height)))
    bend, lift, field = (clouds(random, columns, rows, cells=1.6, octaves=3) for _ in range(3))
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    from_x = np.clip(x + (bend - 0.5) * rows * 0.95, 0, columns - 1).astype(int)
    from_y = np.clip(y + (lift - 0.5) * rows * 0.95, 0, rows - 1).astype(int)
    small = Image.fromarray(field[from_y, from_x]).resize(
        (max(2, columns // 5), max(2, rows // 5)), Image.Resampling.BOX
    )
    flow: Field = np.asarray(small.resize((columns, rows), Image.Resampling.BICUBIC))
    position = (flow * 0.75 + lift * 0.25) * (len(tones) - 1)
    table = np.array(tones)
    colour = np.stack([np.interp(position, np.arange(len(tones)), table[:, part]) for part in range(3)], -1)
    slope_y, slope_x = np.gradient(np.sin(flow * 21))
    folds = np.clip(0.5 + (slope_x + slope_y) * rows / 90, 0, 1)[..., None]
    pixels = np.dstack([np.clip(colour * (0.74 + 0.52 * folds), 0, 255), np.full((rows, columns), 255)]).astype(
        np.uint8
    )
    texture(stage.canvas, pixels, (0, 0, stage.width, stage.height))


def _draw_waves(stage: SceneCanvas, tones: list[Colour]) -> None:
    random = stage.random("waves")
    stage.canvas.drawPaint(down(0, stage.height, (tones[-1], tones[-2])))
    count = 9
    for number in range(count):
        share = number / (count - 1)
        ys = stage.height * (0.08 + 0.86 * share - 0.24 * (rolling(random, len(stage.xs), bumps=1.2) - 0.3))
        place = (1 - share) * (len(tones) - 1)
        low = tones[int(place)]
        colour = mix(low, tones[min(len(tones) - 1, int(place) + 1)], place % 1)
        shadow = fill((8, 8, 24), 0.16)
        shadow.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, stage.unit * 0.012))
        stage.canvas.drawPath(ground(stage.xs, ys - stage.unit * 0.012, stage.height), shadow)
        stage.canvas.drawPath(
            ground(stage.xs, ys, stage.height),
            down(float(ys.min()), stage.height, (shade(colour, 0.14), shade(colour, -0.2))),
        )


def _draw_facets(stage: SceneCanvas, tones: list[Colour]) -> None:
    """Draw a jittered grid of triangles with varying brightness."""
    random = stage.random("facets")
    pitch = stage.unit / 8
    columns, rows = int(stage.width / pitch) + 3, int(stage.height / pitch) + 3
    x = (np.arange(columns) - 1)[None] * pitch + random.uniform(-0.36, 0.36, (rows, columns)) * pitch
    y = (np.arange(rows) - 1)[:, None] * pitch + random.uniform(-0.36, 0.36, (rows, columns)) * pitch
    noise = clouds(random, max(8, columns), max(8, rows), cells=2, octaves=2)
    for row in range(rows - 1):
        for column in range(columns - 1):
            place = float(noise[row, column]) * (len(tones) - 1)
            base = mix(tones[int(place)], tones[min(len(tones) - 1, int(place) + 1)], place % 1)
            square = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)]
            for corners in (square[:3], [square[0], *square[2:]]):
                colour = shade(base, random.uniform(-0.2, 0.2))
                path = polygon([x[corner] for corner in corners], [y[corner] for corner in corners])
                stage.canvas.drawPath(path, fill(colour))
                stage.canvas.drawPath(
                    path,
                    skia.Paint(
                        AntiAlias=True,
                        Color=skia.Color(*(int(max(0, min(255, part))) for part in colour)),
                        Style=skia.Paint.kStroke_Style,
                        StrokeWidth=1.2,
                    ),
                )


def _draw_discs(stage: SceneCanvas, tones: list[Colour]) -> None:
    random = stage.random("rounds")
    stage.canvas.drawPaint(down(0, stage.height, (tones[0], tones[1])))
    for _ in range(round(34 * max(1.0, stage.width / stage.height))):
        x, y = random.random() * stage.width, random.random() * stage.height
        radius, colour = stage.unit * (0.03 + 0.2 * random.random() ** 2), tones[int(random.integers(1, len(tones)))]
        part = int(random.integers(4))
        if part == 0:
            stage.canvas.drawArc(
                box(x - radius, y - radius, x + radius, y + radius),
                90 * int(random.integers(4)),
                180,
                True,
                fill(colour, 0.9),
            )
        elif part == 1:
            stage.canvas.drawCircle(
                x,
                y,
                radius,
                skia.Paint(
                    AntiAlias=True,
                    Color=skia.Color(*(int(max(0, min(255, tone))) for tone in colour), 230),
                    Style=skia.Paint.kStroke_Style,
                    StrokeWidth=radius * 0.22,
                ),
            )
        else:
            stage.canvas.drawCircle(
                x, y, radius, down(y - radius, y + radius, (colour, shade(colour, -0.3)), alphas=(0.92, 0.7))
            )


_STYLE_BY_WORD: Mapping[str, Callable[[SceneCanvas, list[Colour]], None]] = MappingProxyType(
    {
        "geometric": _draw_facets,
        "fluid": _draw_flow,
        "marble": _draw_flow,
        "swirl": _draw_flow,
        "wave": _draw_waves,
        "gradient": _draw_waves,
    }
)
