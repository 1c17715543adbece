"""The size of the pool of connections that a process has to PostgreSQL."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PoolSize:
    """`kept` connections stay open; up to `overflow` more are opened for a burst, and closed after it."""

    kept: int = 10
    overflow: int = 10


DEFAULT = PoolSize()
