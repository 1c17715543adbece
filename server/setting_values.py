"""Parsing the values of settings. The errors say what is wrong and give an example; the caller names the setting."""

import os
from pathlib import Path

MAX_DIGITS = 9
MAX_FILE_NAME = 255  # bytes


def parse_number(text: str, *, minimum: int, maximum: int, example: int) -> int:
    """Return a whole number within the bounds. Raises `ValueError`."""
    if not text.isdecimal() or len(text) > MAX_DIGITS or not minimum <= int(text) <= maximum:
        raise ValueError(f"give a whole number from {minimum} to {maximum:,}, such as {example}")
    return int(text)


def parse_path(text: str) -> Path:
    """Return an absolute path; `~` at its beginning is the home directory. Raises `ValueError`."""
    example = "give a path such as /var/lib/doitong or ~/doitong"
    if "://" in text:
        raise ValueError(f"it is a URL; {example}")
    if text.startswith("$"):
        raise ValueError(f"variables are not replaced here; {example}")
    if any(len(os.fsencode(part)) > MAX_FILE_NAME for part in Path(text).parts):
        raise ValueError(f"a name in it is too long; {example}")
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:
        raise ValueError(f"there is no home directory of this user; {example}") from error
