"""Free space and access of local directories, checked before work is accepted; classification of disk errors."""

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kit.errors import ServiceUnavailable

MAX_RESERVE = 200_000_000  # bytes
MIN_RESERVE = 8_000_000  # bytes
RESERVE_DIVISOR = 20  # of the size of a small file system
OUT_OF_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
UNUSABLE = frozenset(
    {
        *(errno.EACCES, errno.EPERM, errno.EROFS),  # not permitted
        *(errno.ENOENT, errno.ENOTDIR),  # removed, or replaced by a file
        *(errno.EIO, errno.ESTALE, errno.ENODEV, errno.ENXIO, errno.ENOTCONN),  # the device or its mount is gone
    }
)

DiskUsage = Callable[[Path], tuple[int, int, int]]
"""Returns total, used and free bytes of the file system of a path."""


class DiskUnavailable(ServiceUnavailable):
    """A local directory cannot be used. The message for clients does not mention it; `reason` is for the operator."""

    def __init__(self, reason: str) -> None:
        super().__init__("The server cannot take new work at the moment. Try again later.")
        self.reason = reason


class OutOfSpace(DiskUnavailable):
    """There is no free disk space."""

    def __init__(self, reason: str = "no space left on device") -> None:
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """The file system of a directory. A reserve stays free for work that was accepted: 5 %, from 8 to 200 MB.

    `directories` and `files` are those that the server must be able to write to.
    """

    directory: Path
    usage: DiskUsage = shutil.disk_usage
    directories: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()

    def require(self, size: int = 0) -> None:
        """Raise `DiskUnavailable`, or `OutOfSpace` unless `size` bytes fit beside the reserve."""
        inaccessible = self.inaccessible()
        if inaccessible is not None:
            raise DiskUnavailable(inaccessible)
        shortage = self.shortage(size)
        if shortage is not None:
            raise OutOfSpace(shortage)

    def inaccessible(self) -> str | None:
        """Return which file or directory cannot be written to and why, or None."""
        kinds = ((self.directories, True), (self.files, False))
        problems = (_problem(path, is_directory=is_directory) for paths, is_directory in kinds for path in paths)
        return next((problem for problem in problems if problem is not None), None)

    def shortage(self, size: int = 0) -> str | None:
        """Return what is missing for `size` bytes beside the reserve, or None."""
        try:
            total, _, free = self.usage(self.directory)
        except OSError as error:
            return _describe(self.directory, error)
        reserve = min(MAX_RESERVE, max(MIN_RESERVE, total // RESERVE_DIVISOR))
        if free >= reserve + size:
            return None
        needed = _megabytes(reserve + size)
        return f"{self.directory} has {_megabytes(free)} of {_megabytes(total)} MB free, {needed} MB are needed"


def is_out_of_space(error: OSError) -> bool:
    return error.errno in OUT_OF_SPACE


def is_disk_failure(error: OSError) -> bool:
    """Whether the error is one of a directory that an operator has to repair: full, not permitted or gone."""
    return error.errno in OUT_OF_SPACE | UNUSABLE


@contextmanager
def converting_out_of_space() -> Iterator[None]:
    """Convert the operating system's error to `OutOfSpace`."""
    try:
        yield
    except OSError as error:
        if is_out_of_space(error):
            raise OutOfSpace(str(error)) from error
        raise


def _problem(path: Path, *, is_directory: bool) -> str | None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return _describe(path, error)
    if is_directory and not stat.S_ISDIR(mode):
        return f"{path} is not a directory"
    needed = os.W_OK | os.X_OK if is_directory else os.W_OK
    return None if os.access(path, needed) else f"{path} is not writable"


def _describe(path: Path, error: OSError) -> str:
    return f"{path} cannot be used: {error.strerror or error}"


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.0f}"
