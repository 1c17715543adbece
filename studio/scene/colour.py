"""Colours as three numbers from 0 to 255, and how they mix."""

Colour = tuple[float, float, float]

WHITE: Colour = (255.0, 255.0, 255.0)
BLACK: Colour = (12.0, 12.0, 20.0)


def rgb(code: str) -> Colour:
    """The colour of a code such as `#e63946`."""
    red, green, blue = (float(int(code[start : start + 2], 16)) for start in (1, 3, 5))
    return red, green, blue


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`share` of the second in the first."""
    red, green, blue = (a + (b - a) * share for a, b in zip(first, second, strict=True))
    return red, green, blue


def times(colour: Colour, light: Colour) -> Colour:
    """The colour seen under a coloured light."""
    red, green, blue = (a * b / 255 for a, b in zip(colour, light, strict=True))
    return red, green, blue


def shade(colour: Colour, share: float) -> Colour:
    """Towards white above zero, towards black below."""
    return mix(colour, WHITE if share > 0 else BLACK, abs(share))


def brightness(colour: Colour) -> float:
    """From 0 for black to 1 for white."""
    red, green, blue = colour
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


def pure(colour: Colour, share: float) -> Colour:
    """More saturated above zero, greyer below."""
    grey = 255 * brightness(colour)
    red, green, blue = (min(255.0, max(0.0, grey + (part - grey) * (1 + share))) for part in colour)
    return red, green, blue
