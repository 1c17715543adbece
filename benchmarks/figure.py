"""A row of the report."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A measurement: its name, its value with the unit, and the target."""

    name: str
    measured: str
    target: str
