"""Everything that can be shown, by name: how it is drawn, how large, and whether it stands, floats, swims or flies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from providers.local.scene.pen import Pen
from providers.local.scene.subjects.paints import Paints

Draw = Callable[[Pen, Paints], None]


class Stance(Enum):
    """How a thing is held up."""

    STAND = "stand"
    FLOAT = "float"
    SWIM = "swim"
    FLY = "fly"


@dataclass(frozen=True, slots=True)
class Role:
    """`height` is a share of the picture, `breadth` a share of the height; what does not turn is never mirrored."""

    draw: Draw
    height: float
    stance: Stance = Stance.STAND
    breadth: float = 0.8
    turns: bool = True


def _placeholder(pen: Pen, paints: Paints) -> None:
    pen.oval(0, 50, 30, 50, paints.own("#cc8844"))


from providers.local.scene.names import names  # noqa: E402

CAST: Mapping[str, Role] = MappingProxyType({name: Role(_placeholder, 0.3) for name in names()})
