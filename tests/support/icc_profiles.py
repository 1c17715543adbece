"""Small ICC profiles (version 2) of the color spaces in which cameras and image editors store pictures."""

import struct
from itertools import product

Row = tuple[float, float, float]

P3_PRIMARIES = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
ADOBE_PRIMARIES = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
WHITE = (0.9642, 1.0, 0.8249)  # D50
SRGB_STEPS = 1024


def display_p3() -> bytes:
    return _rgb(P3_PRIMARIES, _curve([_linear(step / (SRGB_STEPS - 1)) for step in range(SRGB_STEPS)]))


def adobe_rgb() -> bytes:
    return _rgb(ADOBE_PRIMARIES, _gamma(563 / 256))


def linear_gray() -> bytes:
    return _profile(b"scnr", b"GRAY", b"XYZ ", {b"wtpt": _xyz(WHITE), b"kTRC": _gamma(1.0)})


def cmyk() -> bytes:
    """Return a profile of inks, of which cyan is Lab (60, -20, -30), magenta (50, 50, 20) and yellow (80, 0, 60)."""
    inks: dict[tuple[int, ...], Row] = {
        (0, 0, 0, 0): (100, 0, 0),
        (1, 0, 0, 0): (60, -20, -30),
        (0, 1, 0, 0): (50, 50, 20),
        (0, 0, 1, 0): (80, 0, 60),
    }
    corners = [inks.get(corner, (0.0, 0.0, 0.0)) for corner in product((0, 1), repeat=4)]
    table = b"".join(
        bytes((round(lightness * 2.55), round(red) + 128, round(yellow) + 128)) for lightness, red, yellow in corners
    )
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    ramp = bytes(range(256))
    lut = b"mft1" + bytes((0, 0, 0, 0, 4, 3, 2, 0)) + matrix + ramp * 4 + table + ramp * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"wtpt": _xyz(WHITE), b"A2B0": lut})


def _rgb(primaries: tuple[Row, Row, Row], curve: bytes) -> bytes:
    tags = {b"wtpt": _xyz(WHITE)}
    for name, primary in zip((b"r", b"g", b"b"), primaries, strict=True):
        tags |= {name + b"XYZ": _xyz(primary), name + b"TRC": curve}
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def _profile(device: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    description = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78)
    tags = {b"desc": description, b"cprt": b"text" + bytes(4) + b"none\0", **tags}
    offset = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += struct.pack(">4sII", name, offset + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4xI4s4s4s12x4s", offset + len(body), 0x02400000, device, space, connection, b"acsp")
    illuminant = struct.pack(">3i", *(round(part * 65536) for part in WHITE))
    return (head.ljust(68, b"\0") + illuminant).ljust(128, b"\0") + table + body


def _xyz(values: Row) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in values))


def _gamma(exponent: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(exponent * 256))


def _curve(values: list[float]) -> bytes:
    return b"curv" + bytes(4) + struct.pack(f">I{len(values)}H", len(values), *(round(65535 * one) for one in values))


def _linear(value: float) -> float:
    """The transfer function of sRGB."""
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
