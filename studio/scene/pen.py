"""A pen that draws a thing in hundredths of its height, upwards from the point it stands on."""

import re
from functools import lru_cache

import skia

from studio.scene.brushes import fill, line, tone
from studio.scene.colour import Colour, shade

_STEPS = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}  # numbers each letter of an outline takes

_OUTLINES_KEPT = 4096  # some depend on the size of the picture


@lru_cache(maxsize=_OUTLINES_KEPT)
def outline(text: str) -> skia.Path:
    """The path of `M x y`, `L x y`, `Q x y x y`, `C x y x y x y` and `Z`; a letter may be left out when it repeats."""
    tokens = re.findall(r"[MLQCZ]|-?\d*\.?\d+", text)
    path = skia.Path()
    verbs = {"M": path.moveTo, "L": path.lineTo, "Q": path.quadTo, "C": path.cubicTo}
    position, letter = 0, "M"
    while position < len(tokens):
        if tokens[position] in _STEPS:
            letter = tokens[position]
            position += 1
        if letter == "Z":
            path.close()
            continue
        count = _STEPS[letter]
        verbs[letter](*(float(number) for number in tokens[position : position + count]))
        position += count
    return path


class Pen:
    """Draws on a canvas whose unit is a hundredth of the subject, y upwards; lit from above by default."""

    def __init__(self, canvas: skia.Canvas, x: float, y: float, *, height: float, mirrored: bool = False) -> None:
        self.canvas = canvas
        self._scale = height / 100
        self._origin = x, y
        self._mirrored = mirrored

    def __enter__(self) -> "Pen":
        self.canvas.save()
        self.canvas.translate(*self._origin)
        self.canvas.scale(-self._scale if self._mirrored else self._scale, -self._scale)
        return self

    def __exit__(self, *error: object) -> None:
        self.canvas.restore()

    def shape(self, text: str, colour: Colour, *, flat: bool = False, alpha: float = 1.0) -> None:
        """Fill an outline, lighter above than below unless `flat`."""
        path = outline(text)
        bounds = path.getBounds()
        self.canvas.drawPath(path, self._paint(colour, bounds.top(), bounds.bottom(), flat=flat, alpha=alpha))

    def stroke(self, text: str, colour: Colour, width: float, *, alpha: float = 1.0) -> None:
        self.canvas.drawPath(outline(text), line(colour, width, alpha))

    def oval(
        self,
        x: float,
        y: float,
        across: float,
        up: float,
        colour: Colour,
        *,
        flat: bool = False,
        turn: float = 0.0,
        alpha: float = 1.0,
    ) -> None:
        """An ellipse of half width `across` and half height `up`, turned by degrees."""
        self.canvas.save()
        self.canvas.translate(x, y)
        self.canvas.rotate(turn)
        paint = self._paint(colour, -up, up, flat=flat, alpha=alpha)
        self.canvas.drawOval(skia.Rect.MakeLTRB(-across, -up, across, up), paint)
        self.canvas.restore()

    def dot(self, x: float, y: float, radius: float, colour: Colour, *, alpha: float = 1.0) -> None:
        self.canvas.drawCircle(x, y, radius, fill(colour, alpha))

    def box(
        self, x: float, y: float, width: float, height: float, colour: Colour, *, round: float = 0, flat: bool = False
    ) -> None:
        """A rectangle from its lower left corner."""
        rect = skia.Rect.MakeXYWH(x, y, width, height)
        self.canvas.drawRoundRect(rect, round, round, self._paint(colour, y, y + height, flat=flat, alpha=1.0))

    def ring(self, x: float, y: float, radius: float, colour: Colour, width: float) -> None:
        self.canvas.drawCircle(x, y, radius, line(colour, width))

    def glow(self, x: float, y: float, radius: float, colour: Colour, *, alpha: float = 0.6) -> None:
        tones = [tone(colour, alpha), tone(colour, alpha * 0.35), tone(colour, 0)]
        shader = skia.GradientShader.MakeRadial(skia.Point(x, y), radius, tones, [0.0, 0.35, 1.0])
        self.canvas.drawCircle(x, y, radius, skia.Paint(Shader=shader, BlendMode=skia.BlendMode.kScreen))

    def clip(self, text: str) -> None:
        """Keep what follows inside an outline, until `release`."""
        self.canvas.save()
        self.canvas.clipPath(outline(text), skia.ClipOp.kIntersect, True)

    def release(self) -> None:
        self.canvas.restore()

    def _paint(self, colour: Colour, low: float, high: float, *, flat: bool, alpha: float) -> skia.Paint:
        if flat:
            return fill(colour, alpha)
        ends = [skia.Point(0, high), skia.Point(0, low)]
        tones = [tone(shade(colour, 0.1), alpha), tone(colour, alpha), tone(shade(colour, -0.2), alpha)]
        return skia.Paint(AntiAlias=True, Shader=skia.GradientShader.MakeLinear(ends, tones, [0.0, 0.45, 1.0]))
