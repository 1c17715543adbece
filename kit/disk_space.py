"""Free disk space: checked before work is accepted, and told apart from other errors when it runs out meanwhile."""

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kit.errors import ServiceUnavailable

MAX_RESERVE = 200_000_000  # bytes
MIN_RESERVE = 8_000_000  # bytes
RESERVE_DIVISOR = 20  # of the size of a small file system
OUT_OF_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})

DiskUsage = Callable[[Path], tuple[int, int, int]]
"""Returns total, used and free bytes of the file system of a path."""


class OutOfSpace(ServiceUnavailable):
    """There is no free disk space. The message does not tell clients so; `reason` is for the operator."""

    def __init__(self, reason: str = "no space left on device") -> None:
        super().__init__("The server cannot take new work at the moment. Try again later.")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """The file system of a directory. A reserve stays free for work that was accepted: 5 %, from 8 to 200 MB."""

    directory: Path
    usage: DiskUsage = shutil.disk_usage

    def require(self, size: int = 0) -> None:
        """Raise `OutOfSpace` unless `size` bytes fit beside the reserve."""
        shortage = self.shortage(size)
        if shortage is not None:
            raise OutOfSpace(shortage)

    def shortage(self, size: int = 0) -> str | None:
        """Return what is missing for `size` bytes beside the reserve, or None."""
        total, _, free = self.usage(self.directory)
        reserve = min(MAX_RESERVE, max(MIN_RESERVE, total // RESERVE_DIVISOR))
        if free >= reserve + size:
            return None
        needed = _megabytes(reserve + size)
        return f"{self.directory} has {_megabytes(free)} of {_megabytes(total)} MB free, {needed} MB are needed"


def is_out_of_space(error: OSError) -> bool:
    return error.errno in OUT_OF_SPACE


@contextmanager
def converting_out_of_space() -> Iterator[None]:
    """Convert the operating system's error to `OutOfSpace`."""
    try:
        yield
    except OSError as error:
        if is_out_of_space(error):
            raise OutOfSpace(str(error)) from error
        raise


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.0f}"
