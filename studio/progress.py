"""How a long piece of work says how far it is."""

from collections.abc import Callable

Report = Callable[[float], None]
