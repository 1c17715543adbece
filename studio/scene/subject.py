"""A subject requested by a prompt."""

from dataclasses import dataclass

from studio.scene.colour import Colour


@dataclass(frozen=True, slots=True)
class Subject:
    """A requested subject with its attributes.

    `counted` is true if the prompt gives a number; `worn` and `rider` are drawn together with the subject.
    """

    name: str
    colour: Colour | None = None
    count: int = 1
    size: float = 1.0
    counted: bool = False
    worn: "Subject | None" = None
    rider: "Subject | None" = None
