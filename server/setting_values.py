"""Parsing the values of settings. The errors say what is wrong and give an example; the caller names the setting."""

from pathlib import Path

MAX_DIGITS = 9


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
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:
        raise ValueError(f"there is no home directory of this user; {example}") from error
