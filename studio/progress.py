"""The type of progress callbacks."""

from collections.abc import Callable

Report = Callable[[float], None]
"""Called with the completed share, 0.0 to 1.0."""
