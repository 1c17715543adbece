"""The sky behind a place: gradient, stars, sun or moon, clouds and sky phenomena."""

import math

import numpy as np
import skia

from studio.scene.brushes import box, down, fill, glow, line, polygon, soft, texture, veil
from studio.scene.colour import WHITE, Colour, mix, rgb, shade
from studio.scene.noise import clouds
from studio.scene.render_context import SceneCanvas

_CLOUD_HEIGHT = 220  # rows of the cloud texture
_AURORA: tuple[Colour, ...] = (rgb("#46ffa8"), rgb("#4fb8ff"), rgb("#b45cff"))
_RAINBOW = tuple(rgb(code) for code in ("#ff4d5e", "#ff9a3c", "#ffe14d", "#5ede74", "#4aa8ff", "#9a6bff"))


def draw_sky(stage: SceneCanvas, horizon: float) -> None:
    """Draw the sky; `horizon` is a fraction of the image height."""
    bottom = stage.height * horizon
    light = stage.light
    stage.canvas.drawPaint(down(0, bottom, (light.top, light.middle, light.horizon), stops=(0.0, 0.6, 1.0)))
    dark = light.dark or stage.description.shows("stars")
    if dark:
        draw_stars(stage, bottom, count=170)
    if stage.description.shows("aurora"):
        _draw_aurora(stage, bottom)
    _draw_sun_or_moon(stage, bottom)
    if stage.description.shows("rainbow"):
        _draw_rainbow(stage, bottom)
    if not stage.description.lacks("clouds"):
        _draw_clouds(stage, bottom)
        if "anime" in stage.description.styles:
            _draw_towering_cloud(stage, bottom)
    _draw_phenomena(stage, bottom)


def draw_stars(stage: SceneCanvas, bottom: float, *, count: int) -> None:
    if stage.description.lacks("stars"):
        return
    random = stage.random("stars")
    wide = min(4.0, max(1.0, stage.width / stage.height))
    xs, ys, sizes = random.random((3, int(count * wide)))
    for x, y, size in zip(xs, ys, sizes, strict=True):
        radius = stage.unit * (0.0007 + 0.0018 * size**6)
        alpha = (0.35 + 0.65 * size) * (1 - 0.7 * y)
        stage.canvas.drawCircle(
            x * stage.width, y * bottom, max(0.5, radius), fill(mix(WHITE, stage.light.sun, x), alpha)
        )
        if size > 0.965:
            glow(stage.canvas, x * stage.width, y * bottom, radius=radius * 8, colour=stage.light.sun, alpha=0.7)


def sun_at(stage: SceneCanvas, bottom: float) -> tuple[float, float, float]:
    """Return x, y and radius of the sun or moon, in pixels."""
    random = stage.random("sun")
    low = stage.description.hour in ("sunset", "dawn", "neon", "golden", "fire")
    x = stage.width * (0.24 + 0.52 * random.random())
    y = bottom * ((0.66 if low else 0.3) + 0.12 * random.random())
    return x, y, stage.unit * ((0.085 if low else 0.055) + 0.02 * random.random())


def lacks_disc(stage: SceneCanvas) -> bool:
    """Return whether the prompt excludes the sun or moon of this sky."""
    return stage.description.lacks("moon" if _has_moon(stage) else "sun")


def _has_moon(stage: SceneCanvas) -> bool:
    return (stage.light.dark and stage.description.hour != "neon") or stage.description.shows("moon")


def _draw_sun_or_moon(stage: SceneCanvas, bottom: float) -> None:
    light, hour = stage.light, stage.description.hour
    if lacks_disc(stage) or (hour in ("storm", "overcast") and not stage.description.shows("moon")):
        return
    x, y, radius = sun_at(stage, bottom)
    if stage.description.shows("wild") and stage.description.shows("moon"):
        radius *= 1.8
    glow(stage.canvas, x, y, radius=radius * 6, colour=light.sun, alpha=0.42 if light.dark else 0.6)
    if hour == "neon":
        _draw_striped_sun(stage, x, y, radius=radius * 1.9)
    elif _has_moon(stage):
        _draw_moon(stage, x, y, radius=radius)
    else:
        low = hour in ("sunset", "fire")
        colours = (light.sun, mix(light.sun, light.accent, 0.62 if low else 0.1))
        stage.canvas.drawCircle(x, y, radius, down(y - radius, y + radius, colours))


def _draw_moon(stage: SceneCanvas, x: float, y: float, *, radius: float) -> None:
    light = stage.light
    stage.canvas.save()
    disc = skia.Path.Circle(x, y, radius)
    stage.canvas.clipPath(disc, skia.ClipOp.kIntersect, True)
    stage.canvas.drawPath(disc, fill(light.sun))
    for left, up, size in ((-0.34, -0.25, 0.24), (0.3, 0.1, 0.3), (-0.1, 0.46, 0.18), (0.42, -0.46, 0.13)):
        spot = fill(mix(light.sun, light.top, 0.16))
        stage.canvas.drawCircle(x + left * radius, y + up * radius, size * radius, spot)
    stage.canvas.drawCircle(x - radius * 0.22, y - radius * 0.16, radius * 1.32, line(light.top, radius * 0.5, 0.16))
    stage.canvas.restore()


def _draw_striped_sun(stage: SceneCanvas, x: float, y: float, *, radius: float) -> None:
    stage.canvas.save()
    for stripe in range(6):
        top = y + radius * (0.02 + 0.17 * stripe)
        band = box(x - radius, top, x + radius, top + radius * (0.03 + 0.016 * stripe))
        stage.canvas.clipRect(band, skia.ClipOp.kDifference, True)
    colours = (rgb("#ffe36e"), rgb("#ff5fa8"), mix(stage.light.accent, rgb("#c03cff"), 0.5))
    stage.canvas.drawCircle(x, y, radius, down(y - radius, y + radius, colours))
    stage.canvas.restore()


def _draw_clouds(stage: SceneCanvas, bottom: float) -> None:
    light, random = stage.light, stage.random("clouds")
    cloudy = stage.description.hour in ("storm", "overcast") or stage.description.shows("clouds")
    columns = min(900, max(32, round(_CLOUD_HEIGHT * stage.width / max(bottom, 1))))
    field = clouds(random, columns, _CLOUD_HEIGHT, cells=3, stretch=2.6)
    rows = np.linspace(0, 1, _CLOUD_HEIGHT, dtype=np.float32)[:, None]
    band = np.clip(1 - np.abs(rows - 0.5) * 1.9, 0, 1) if not cloudy else np.clip(1.1 - rows, 0, 1)
    amount = np.clip(field * (2.0 if cloudy else 1.8) - (0.55 if cloudy else 0.9), 0, 1) * band
    colour = shade(light.middle, -0.42) if stage.description.hour == "storm" else mix(light.sun, light.horizon, 0.35)
    texture(stage.canvas, veil(colour, amount * (0.3 if light.dark else 0.62)), (0, 0, stage.width, bottom))
    if not light.dark and stage.description.hour not in ("storm", "overcast", "sunset", "fire"):
        for number in range(int(random.integers(2, 5)) + (3 if stage.description.shows("clouds") else 0)):
            x, y = random.random() * stage.width, bottom * (0.12 + 0.5 * random.random())
            _draw_cloud(stage, x, y, width=stage.unit * (0.14 + 0.2 * random.random()), number=number)


def _draw_cloud(stage: SceneCanvas, x: float, y: float, *, width: float, number: int) -> None:
    """Draw one cumulus cloud with a flat base."""
    random, light = stage.random(f"cloud {number}"), stage.light
    path = skia.Path()
    path.addRoundRect(box(x - width / 2, y - width * 0.12, x + width / 2, y), width * 0.06, width * 0.06)
    for share in np.linspace(-0.32, 0.32, 5):
        radius = width * (0.24 - 0.32 * abs(share)) * (0.75 + 0.4 * random.random())
        path.addCircle(x + float(share) * width, y - width * 0.07, radius)
    path.setFillType(skia.PathFillType.kWinding)
    colours = (mix(WHITE, light.sun, 0.4), mix(light.horizon, light.middle, 0.35))
    stage.canvas.saveLayerAlpha(None, 215)
    stage.canvas.clipRect(box(x - width, y - width, x + width, y))
    stage.canvas.drawPath(path, down(y - width * 0.34, y, colours))
    stage.canvas.restore()


def _draw_towering_cloud(stage: SceneCanvas, bottom: float) -> None:
    """Draw a towering cumulus cloud rising from the horizon, lit from one side."""
    random, light = stage.random("towering cloud"), stage.light
    x, reach = stage.width * random.uniform(0.15, 0.85), stage.unit * 0.42
    side = 1 if x < stage.width / 2 else -1
    lit, shadow = mix(WHITE, light.sun, 0.25), mix(light.middle, light.horizon, 0.55)
    if light.dark:
        lit, shadow = mix(light.horizon, light.sun, 0.3), mix(light.middle, light.horizon, 0.4)
    puffs = sorted((float(rise), float(random.normal(0, 0.34)), float(random.random())) for rise in random.random(60))
    for lift, shift, tint in (((0.0, 0.0), 0.0, 0.0), ((0.16, 0.14), 0.1, 0.6), ((0.3, 0.26), 0.3, 1.0)):
        path = skia.Path()
        for rise, offset, size in puffs:
            radius = reach * (0.1 + 0.16 * size) * (1.05 - 0.55 * rise) * (1 - shift)
            path.addCircle(
                x + offset * reach * (1.35 - 0.9 * rise) - side * lift[0] * radius,
                bottom * 1.02 - rise * bottom * 0.62 - lift[1] * radius, radius,
            )  # fmt: skip
        path.setFillType(skia.PathFillType.kWinding)
        colour = mix(shadow, lit, tint)
        stage.canvas.drawPath(path, down(bottom * 0.3, bottom, (colour, mix(colour, light.horizon, 0.7))))


def _draw_aurora(stage: SceneCanvas, bottom: float) -> None:
    random, rows, columns = stage.random("aurora"), 150, 320
    x = np.linspace(0, 1, columns, dtype=np.float32)
    y = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    streaks = 0.55 + 0.45 * np.interp(x * 70, np.arange(72), random.random(72))
    for number, colour in enumerate(_AURORA):
        phase = random.random(2) * 2 * np.pi
        lower_edge = 0.74 - 0.16 * number + 0.11 * np.sin(x * 5 + phase[0]) + 0.05 * np.sin(x * 13 + phase[1])
        above = np.clip(lower_edge - y, 0, None)
        curtain = np.where(y < lower_edge, np.exp(-above * 4.6), np.exp(-(((y - lower_edge) / 0.03) ** 2)))
        opacity = (curtain * streaks * (0.85 - 0.15 * number)).astype(np.float32)
        texture(stage.canvas, veil(colour, opacity), (0, 0, stage.width, bottom), screen=True)


def _draw_rainbow(stage: SceneCanvas, bottom: float) -> None:
    radius, band = stage.unit * 0.62, stage.unit * 0.018
    x = stage.width * (0.35 + 0.3 * stage.random("rainbow").random())
    stage.canvas.save()
    stage.canvas.clipRect(box(0, 0, stage.width, bottom))
    for number, colour in enumerate(_RAINBOW):
        stage.canvas.drawCircle(
            x, bottom + radius * 0.1, radius - number * band, soft(line(colour, band * 1.2, 0.5), band)
        )
    stage.canvas.restore()


def _draw_phenomena(stage: SceneCanvas, bottom: float) -> None:
    if stage.description.shows("meteor"):
        _draw_meteors(stage, bottom)
    if stage.description.shows("fireworks"):
        _draw_fireworks(stage, bottom)
    if stage.description.shows("lightning"):
        _draw_lightning(stage, bottom)


def _draw_meteors(stage: SceneCanvas, bottom: float) -> None:
    random = stage.random("meteors")
    for _ in range(5):
        x, y = stage.width * (0.15 + 0.8 * random.random()), bottom * 0.6 * random.random()
        length = stage.unit * (0.12 + 0.16 * random.random())
        for part in range(6):
            start, end = part / 6, (part + 1) / 6
            ends = (x - length * start, y + length * 0.5 * start, x - length * end, y + length * 0.5 * end)
            stage.canvas.drawLine(*ends, line(WHITE, stage.unit * 0.004 * end, 0.15 + 0.8 * end))
        glow(stage.canvas, x - length, y + length * 0.5, radius=stage.unit * 0.02, colour=WHITE, alpha=0.9)


def _draw_fireworks(stage: SceneCanvas, bottom: float) -> None:
    random = stage.random("fireworks")
    for number in range(5):
        x, y = stage.width * (0.12 + 0.76 * random.random()), bottom * (0.12 + 0.45 * random.random())
        radius, colour = stage.unit * (0.08 + 0.1 * random.random()), _RAINBOW[(number * 2 + int(x)) % 6]
        glow(stage.canvas, x, y, radius=radius * 1.3, colour=colour, alpha=0.5)
        for ray in range(26):
            angle = ray * math.tau / 26
            length = radius * (0.8 + 0.3 * random.random())
            dx, dy = math.cos(angle), math.sin(angle)
            stage.canvas.drawLine(
                x + dx * length * 0.35, y + dy * length * 0.35, x + dx * length, y + dy * length + radius * 0.06,
                line(shade(colour, 0.3), max(1.0, stage.unit * 0.0026), 0.85),
            )  # fmt: skip
            stage.canvas.drawCircle(
                x + dx * length, y + dy * length + radius * 0.06, stage.unit * 0.004, fill(WHITE, 0.9)
            )


def _draw_lightning(stage: SceneCanvas, bottom: float) -> None:
    random = stage.random("lightning")
    for _ in range(2):
        x, ys = stage.width * (0.15 + 0.7 * random.random()), np.linspace(0, bottom * 1.02, 14)
        xs = x + np.cumsum(random.normal(0, 1, 14)) * stage.unit * 0.028
        bolt = polygon(xs, ys, close=False)
        stage.canvas.drawPath(
            bolt, soft(line(mix(WHITE, rgb("#b9a6ff"), 0.5), stage.unit * 0.03, 0.6), stage.unit * 0.03)
        )
        stage.canvas.drawPath(bolt, line(WHITE, max(1.0, stage.unit * 0.005)))


def draw_haze(stage: SceneCanvas, y: float, *, thickness: float, alpha: float) -> None:
    """Draw a horizontal band of haze, densest at `y`."""
    colours = (stage.light.haze,) * 3
    area = box(0, y - thickness, stage.width, y + thickness)
    stage.canvas.drawRect(area, down(y - thickness, y + thickness, colours, alphas=(0.0, alpha, 0.0)))
