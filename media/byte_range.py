"""Parses the Range header."""

import re

ONE_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", re.ASCII)


class UnsatisfiableRange(Exception):
    """The range starts after the end of the file."""


def requested_range(header: str, size: int) -> tuple[int, int] | None:
    """Return first byte and length; None for the whole file: no range, several ranges, or an unknown form."""
    match = ONE_RANGE.fullmatch(header)
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        length = min(int(match[2]), size)
        start = size - length
    else:
        start = int(match[1])
        last = min(int(match[2]), size - 1) if match[2] else size - 1
        length = last - start + 1
        if match[2] and int(match[2]) < start:
            return None
    if length <= 0:
        raise UnsatisfiableRange
    return start, length
