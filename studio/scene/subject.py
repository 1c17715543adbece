"""One thing that a prompt asks to be shown."""

from dataclasses import dataclass

from studio.scene.colour import Colour


@dataclass(frozen=True, slots=True)
class Wanted:
    """`counted` where a number was said; what it wears and who rides on it are drawn in one with it."""

    name: str
    colour: Colour | None = None
    count: int = 1
    size: float = 1.0
    counted: bool = False
    worn: "Wanted | None" = None
    rider: "Wanted | None" = None
