"""Spellings of names."""


def camel_case(name: str) -> str:
    """Return `negativePrompt` for `negative_prompt`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def snake_case(name: str) -> str:
    """Return `negative_prompt` for `negativePrompt`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
