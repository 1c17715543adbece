"""A drawing context in subject coordinates: 100 units per subject height, y up, origin at the base point."""

import re
from functools import lru_cache

import skia

from studio.scene.brushes import fill, line, tone
from studio.scene.colour import Colour, shade

_COORDINATE_COUNTS = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}  # number of coordinates per path command

_OUTLINE_CACHE_SIZE = 4096  # entries; some outlines depend on the image size, so the cache is bounded


@lru_cache(maxsize=_OUTLINE_CACHE_SIZE)
def outline(text: str) -> skia.Path:
    """Parse absolute SVG path data (commands M, L, Q, C and Z; a repeated command letter may be omitted)."""
    tokens = re.findall(r"[MLQCZ]|-?\d*\.?\d+", text)
    path = skia.Path()
    verbs = {"M": path.moveTo, "L": path.lineTo, "Q": path.quadTo, "C": path.cubicTo}
    position, command = 0, "M"
    while position < len(tokens):
        if tokens[position] in _COORDINATE_COUNTS:
            command = tokens[position]
            position += 1
        if command == "Z":
            path.close()
            continue
        count = _COORDINATE_COUNTS[command]
        verbs[command](*(float(number) for number in tokens[position : position + count]))
        position += count
    return path


class Pen:
    """A context manager that draws in units of 1/100 subject height, y up; fills are lit from above by default."""

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
        """Fill an outline with a vertical gradient, or with one colour if `flat`."""
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
        """Fill an ellipse with half width `across` and half height `up`, rotated by `turn` degrees."""
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
        """Fill a rectangle from its lower left corner, with corner radius `round`."""
        rect = skia.Rect.MakeXYWH(x, y, width, height)
        self.canvas.drawRoundRect(rect, round, round, self._paint(colour, y, y + height, flat=flat, alpha=1.0))

    def ring(self, x: float, y: float, radius: float, colour: Colour, width: float) -> None:
        self.canvas.drawCircle(x, y, radius, line(colour, width))

    def glow(self, x: float, y: float, radius: float, colour: Colour, *, alpha: float = 0.6) -> None:
        tones = [tone(colour, alpha), tone(colour, alpha * 0.35), tone(colour, 0)]
        shader = skia.GradientShader.MakeRadial(skia.Point(x, y), radius, tones, [0.0, 0.35, 1.0])
        self.canvas.drawCircle(x, y, radius, skia.Paint(Shader=shader, BlendMode=skia.BlendMode.kScreen))

    def clip(self, text: str) -> None:
        """Clip subsequent drawing to an outline until `release` is called."""
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
