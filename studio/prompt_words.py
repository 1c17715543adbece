"""The words of a prompt, and sets of words to look for in it."""

import re


def words_of(line: str) -> frozenset[str]:
    """A set of words, written as a line of them."""
    return frozenset(line.split())


def words_in(prompt: str) -> tuple[str, ...]:
    """The words of a prompt in their order, in lower case; a hyphen joins."""
    return tuple(re.findall(r"\w+(?:-\w+)*", prompt.lower()))


def is_adding(prompt: str) -> bool:
    """Whether a prompt says to put something into a picture."""
    return bool(_ADDING & set(words_in(prompt)))


_ADDING = words_of("add adding insert put place include")
