"""One line of the report."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, with its unit, and what it should be."""

    what: str
    measured: str
    aim: str
