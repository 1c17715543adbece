"""RGB colours as three floats from 0 to 255, and operations on them."""

Colour = tuple[float, float, float]

WHITE: Colour = (255.0, 255.0, 255.0)
BLACK: Colour = (12.0, 12.0, 20.0)


def rgb(code: str) -> Colour:
    """Parse a hexadecimal colour code such as `#e63946`."""
    red, green, blue = (float(int(code[start : start + 2], 16)) for start in (1, 3, 5))
    return red, green, blue


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Interpolate linearly from `first` (`share` 0) to `second` (`share` 1)."""
    red, green, blue = (a + (b - a) * share for a, b in zip(first, second, strict=True))
    return red, green, blue


def times(colour: Colour, light: Colour) -> Colour:
    """Multiply a surface colour by the colour of the light."""
    red, green, blue = (a * b / 255 for a, b in zip(colour, light, strict=True))
    return red, green, blue


def shade(colour: Colour, share: float) -> Colour:
    """Lighten the colour if `share` is positive, darken it if negative; range -1..1."""
    return mix(colour, WHITE if share > 0 else BLACK, abs(share))


def brightness(colour: Colour) -> float:
    """Return the luma of the colour (Rec. 601 weights), from 0 to 1."""
    red, green, blue = colour
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


def pure(colour: Colour, share: float) -> Colour:
    """Increase saturation if `share` is positive, decrease it if negative."""
    grey = 255 * brightness(colour)
    red, green, blue = (min(255.0, max(0.0, grey + (channel - grey) * (1 + share))) for channel in colour)
    return red, green, blue
