"""Splitting of prompts into words, and word sets to match them against."""

import re


def words_of(line: str) -> frozenset[str]:
    """Return the set of space-separated words."""
    return frozenset(line.split())


def words_in(prompt: str) -> tuple[str, ...]:
    """Return the words of a prompt in order and in lower case. A hyphenated word is one word."""
    return tuple(re.findall(r"\w+(?:-\w+)*", prompt.lower()))


def without_input_description(prompt: str) -> str:
    """Return a prompt without what describes an input image: "an ad for the product in the image: a mug"."""
    return _INPUT_DESCRIPTION.sub(r"\1", prompt)


def is_adding(prompt: str) -> bool:
    """Return whether a prompt asks to add something to the input image."""
    return bool(_ADD_VERBS & set(words_in(prompt)))


_INPUT_DESCRIPTION = re.compile(r"(\bin the (?:\w+ )?(?:image|picture|photo)) ?:[^.]*", re.IGNORECASE)
_ADD_VERBS = words_of("add adding insert put place include")
