"""The words of a prompt, and sets of words to look for in it."""

import re


def words_of(line: str) -> frozenset[str]:
    """A set of words, written as a line of them."""
    return frozenset(line.split())


def words_in(prompt: str) -> tuple[str, ...]:
    """The words of a prompt in their order, in lower case; a hyphen joins."""
    return tuple(re.findall(r"\w+(?:-\w+)*", prompt.lower()))
