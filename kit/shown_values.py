"""How a value that somebody gave is shown in messages to that person."""

import re

USER_INFO = re.compile(r"//.*@")  # a user name and a password
MAX_LENGTH = 200  # characters


def without_user_info(text: str) -> str:
    """Return a URL without the user name and password that a message must not show."""
    return USER_INFO.sub("//[redacted]@", text)


def shown(text: str) -> str:
    """Return a value for an error message: quoted, without the user name and password of a URL, and not too long."""
    safe = without_user_info(text)
    return repr(safe if len(safe) <= MAX_LENGTH else f"{safe[:MAX_LENGTH]}…")
